from emotion_classifier.storage import write_atomically

__all__ = ["write_atomically"]
