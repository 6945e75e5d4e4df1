// Batches made by hand: what came within 50 ms, or a thousand ratings, goes in one INSERT from arrays.
const kiosk = parseInt(msg.topic.slice(19, 24));
const { records, first, uptime, utc } = msg.payload;
const scores = [100, 66.7, 33.3, 0];

function flush() {
    clearTimeout(context.get("timer"));
    const columns = context.get("columns");
    context.set("columns", null);
    const batch = (context.get("batch") || 0) + 1;
    context.set("batch", batch);
    global.get("pool").query({
        name: "insert",
        text: `INSERT INTO rating (cursor_id, seq, channel, batch_id, received_at, happened_at, time_quality, store_id,
                touchpoint_id, question_id, button, score, mark, boot, uptime, settings_version)
            SELECT kiosk, seq, 0, $1, now(), to_timestamp(happened / 1000.0), 0, store, store, 1, button, score, 0,
                boot, uptime, settings
            FROM unnest($2::int[], $3::int[], $4::float8[], $5::int[], $6::int2[], $7::float4[], $8::int[], $9::int8[],
                $10::int[]) AS new (kiosk, seq, happened, store, button, score, boot, uptime, settings)`,
        values: [batch, ...columns],
    }).catch((problem) => node.error(problem));
}

let columns = context.get("columns");
if (!columns) {
    columns = [[], [], [], [], [], [], [], [], []];
    context.set("columns", columns);
    context.set("timer", setTimeout(flush, 50));
}
records.forEach(([, button, , boot, at, settings], index) => {
    const row = [kiosk, first + index, utc + at - uptime, kiosk % 200 + 1, button, scores[button - 1], boot, at, settings];
    row.forEach((value, column) => columns[column].push(value));
});
if (columns[0].length >= 1000) flush();
