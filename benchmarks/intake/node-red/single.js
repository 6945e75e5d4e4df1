// One INSERT for each message, as the flows do that people share. A message of several ratings is one INSERT, too.
const kiosk = parseInt(msg.topic.slice(19, 24));
const { records, first, uptime, utc } = msg.payload;
const scores = [100, 66.7, 33.3, 0];
const rows = [], values = [];
records.forEach(([, button, , boot, at, settings], index) => {
    const n = values.length;
    rows.push(
        `($${n + 1}, $${n + 2}, 0, 0, now(), to_timestamp($${n + 3} / 1000.0), 0, $${n + 4}, $${n + 4}, 1, ` +
        `$${n + 5}, $${n + 6}, 0, $${n + 7}, $${n + 8}, $${n + 9})`,
    );
    values.push(kiosk, first + index, utc + at - uptime, kiosk % 200 + 1, button, scores[button - 1], boot, at, settings);
});
global.get("pool").query({
    name: `insert ${records.length}`,
    text: `INSERT INTO rating (cursor_id, seq, channel, batch_id, received_at, happened_at, time_quality, store_id,
        touchpoint_id, question_id, button, score, mark, boot, uptime, settings_version) VALUES ${rows}`,
    values,
}).catch((problem) => node.error(problem));
