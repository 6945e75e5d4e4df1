// Node-RED without editor and pages: one flow, one pool of database connections (PGHOST and so on say where).
const { Pool } = require("pg");

module.exports = {
    flowFile: "flows.json",
    credentialSecret: false,
    httpRoot: false,
    disableEditor: true,
    uiHost: "127.0.0.1",
    uiPort: Number(process.env.NODE_RED_PORT),
    editorTheme: { tours: false },
    telemetry: { enabled: false, updateNotification: false },
    functionGlobalContext: { pool: new Pool({ max: 10 }) },
    logging: { console: { level: "info" } },
};
