"""``python -m emotion_classifier``: the command `emotion`."""

from emotion_classifier.cli import main

if __name__ == "__main__":
    main()
