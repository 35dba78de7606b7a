// What pages do beside what they do without script: say that log-out is near, and
// show that new post has come. Every page loads this file.
import "./session.js";
import "./live.js";
