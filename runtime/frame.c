/* Encodes and decodes frames: flags, escapes, head, payload and CRC-32. The decoder accepts any byte at
 * any time and finds the next whole frame after whatever noise. */
#include "frame.h"

#include <zlib.h>

static size_t put_escaped(uint8_t *bytes, uint8_t byte)
{
    if (byte != HW_FRAME_FLAG && byte != HW_FRAME_ESCAPE) {
        bytes[0] = byte;
        return 1;
    }
    bytes[0] = HW_FRAME_ESCAPE;
    bytes[1] = (uint8_t)(byte ^ HW_FRAME_ESCAPE_XOR);
    return 2;
}

static uint32_t body_crc(const uint8_t *body, size_t count)
{
    return (uint32_t)crc32(0, body, (uInt)count);
}

size_t frame_encode(const struct frame *frame, uint8_t *bytes)
{
    uint8_t body[FRAME_BODY_BYTES];
    size_t count = 0;
    body[count++] = (uint8_t)(HW_PUT(frame->data, FRAME_DATA) | HW_PUT(frame->synchronise, FRAME_SYNCHRONISE));
    body[count++] = frame->sequence;
    body[count++] = frame->acknowledge;
    body[count++] = (uint8_t)frame->length;
    for (size_t word = 0; word < frame->length; word++) {
        body[count++] = (uint8_t)(frame->payload[word] & 0xFF);
        body[count++] = (uint8_t)(frame->payload[word] >> 8);
    }
    uint32_t crc = body_crc(body, count);
    for (unsigned shift = 0; shift < 32; shift += 8)
        body[count++] = (uint8_t)(crc >> shift & 0xFF);

    size_t written = 0;
    bytes[written++] = HW_FRAME_FLAG;
    for (size_t index = 0; index < count; index++)
        written += put_escaped(bytes + written, body[index]);
    bytes[written++] = HW_FRAME_FLAG;
    return written;
}

static bool body_decode(const uint8_t *body, size_t count, struct frame *frame)
{
    if (count < HW_FRAME_HEAD_BYTES + FRAME_CRC_BYTES || count > FRAME_BODY_BYTES)
        return false;
    size_t length = body[3];
    size_t covered = count - FRAME_CRC_BYTES;
    if (length > HW_FRAME_PAYLOAD_WORDS || covered != HW_FRAME_HEAD_BYTES + 2 * length)
        return false;
    uint32_t crc = 0;
    for (unsigned index = 0; index < FRAME_CRC_BYTES; index++)
        crc |= (uint32_t)body[covered + index] << (8 * index);
    if (crc != body_crc(body, covered))
        return false;

    frame->data = HW_GET(body[0], FRAME_DATA) != 0;
    frame->synchronise = HW_GET(body[0], FRAME_SYNCHRONISE) != 0;
    frame->sequence = body[1];
    frame->acknowledge = body[2];
    frame->length = length;
    for (size_t word = 0; word < length; word++) {
        const uint8_t *low = body + HW_FRAME_HEAD_BYTES + 2 * word;
        frame->payload[word] = (uint16_t)(low[0] | low[1] << 8);
    }
    return true;
}

enum frame_event frame_decode(struct frame_decoder *decoder, uint8_t byte, struct frame *frame)
{
    enum frame_event event = FRAME_NONE;
    if (byte == HW_FRAME_FLAG) {
        /* Two flags in a row are an end and a beginning. */
        if (decoder->open && (decoder->count > 0 || decoder->escaped)) {
            bool good = !decoder->escaped && body_decode(decoder->body, decoder->count, frame);
            event = good ? FRAME_GOOD : FRAME_BAD;
        }
        decoder->open = true;
        decoder->escaped = false;
        decoder->count = 0;
        return event;
    }
    if (!decoder->open)
        return FRAME_NONE;
    if (byte == HW_FRAME_ESCAPE) {
        if (decoder->escaped) {
            decoder->open = false;
            event = FRAME_BAD;
        }
        decoder->escaped = !decoder->escaped;
        return event;
    }
    if (decoder->escaped)
        byte ^= HW_FRAME_ESCAPE_XOR;
    decoder->escaped = false;
    if (decoder->count < FRAME_BODY_BYTES)
        decoder->body[decoder->count] = byte;
    if (decoder->count <= FRAME_BODY_BYTES)
        decoder->count++;
    return FRAME_NONE;
}
