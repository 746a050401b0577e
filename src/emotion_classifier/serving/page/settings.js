// Where this page predicts; `emotion page build` writes another one, which predicts in the browser.
export { service as predictions } from "./service.js";
