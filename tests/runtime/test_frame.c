/* Frames and packets: bytes as hardware.def words them, round trips, and noise. */
#include <criterion/criterion.h>

#include "frame.h"
#include "packet.h"
#include "support.h"

#include <string.h>

/* CRC-32 bit by bit, as IEEE 802.3 defines it: not the library that the code under test uses. */
static uint32_t plain_crc(const uint8_t *bytes, size_t count)
{
    uint32_t sum = 0xFFFFFFFF;
    for (size_t index = 0; index < count; index++) {
        sum ^= bytes[index];
        for (int bit = 0; bit < 8; bit++)
            sum = sum & 1 ? sum >> 1 ^ 0xEDB88320 : sum >> 1;
    }
    return ~sum;
}

static bool same_frame(const struct frame *one, const struct frame *other)
{
    return one->data == other->data && one->synchronise == other->synchronise && one->sequence == other->sequence
           && one->acknowledge == other->acknowledge && one->length == other->length
           && !memcmp(one->payload, other->payload, one->length * sizeof one->payload[0]);
}

/* Feeds bytes; returns how many frames were good, the last one in *frame. */
static size_t feed(struct frame_decoder *decoder, const uint8_t *bytes, size_t count, struct frame *frame)
{
    size_t good = 0;
    for (size_t index = 0; index < count; index++)
        good += frame_decode(decoder, bytes[index], frame) == FRAME_GOOD;
    return good;
}

static void random_frame(struct frame *frame, uint64_t *state)
{
    *frame = (struct frame){ .data = random_below(state, 2), .synchronise = random_below(state, 2),
                             .sequence = (uint8_t)random_next(state), .acknowledge = (uint8_t)random_next(state),
                             .length = random_below(state, HW_FRAME_PAYLOAD_WORDS + 1) };
    bool special = random_below(state, 2);
    for (size_t word = 0; word < frame->length; word++)
        frame->payload[word] = special ? (uint16_t)(random_below(state, 2) ? 0x7E7D : 0x7D5D)
                                       : (uint16_t)random_next(state);
}

Test(frame, bytes_of_an_empty_frame)
{
    struct frame frame = { .acknowledge = 5 };
    uint8_t bytes[FRAME_BYTES];
    uint8_t body[8] = { 0, 0, 5, 0 };
    uint32_t crc = plain_crc(body, 4);
    for (int index = 0; index < 4; index++)
        body[4 + index] = (uint8_t)(crc >> 8 * index);
    cr_assert_eq(frame_encode(&frame, bytes), 10);
    cr_assert_eq(bytes[0], 0x7E);
    cr_assert_eq(bytes[9], 0x7E);
    cr_assert(!memcmp(bytes + 1, body, 8));
}

Test(frame, special_bytes_are_escaped)
{
    struct frame frame = { .data = true, .sequence = 0x7E, .acknowledge = 0x7D, .length = 1, .payload = { 0x7E41 } };
    static const uint8_t begin[] = { 0x7E, 0x01, 0x7D, 0x5E, 0x7D, 0x5D, 0x01, 0x41, 0x7D, 0x5E };
    uint8_t bytes[FRAME_BYTES];
    frame_encode(&frame, bytes);
    cr_assert(!memcmp(bytes, begin, sizeof begin));
}

Test(frame, round_trip)
{
    uint64_t state = 1;
    struct frame_decoder decoder = { 0 };
    for (int turn = 0; turn < 2000; turn++) {
        struct frame frame, decoded;
        uint8_t bytes[FRAME_BYTES];
        random_frame(&frame, &state);
        size_t count = frame_encode(&frame, bytes);
        cr_assert_leq(count, (size_t)FRAME_BYTES);
        cr_assert_eq(feed(&decoder, bytes, count, &decoded), 1, "turn %d", turn);
        cr_assert(same_frame(&frame, &decoded), "turn %d", turn);
    }
}

Test(frame, one_changed_byte_is_noticed)
{
    uint64_t state = 2;
    for (int turn = 0; turn < 5000; turn++) {
        struct frame frame, decoded;
        uint8_t bytes[FRAME_BYTES];
        random_frame(&frame, &state);
        size_t count = frame_encode(&frame, bytes);
        /* The flags stay: without them there is no frame to be wrong. */
        bytes[1 + random_below(&state, count - 2)] ^= (uint8_t)(1 + random_below(&state, 255));
        struct frame_decoder decoder = { 0 };
        if (feed(&decoder, bytes, count, &decoded))
            cr_assert(same_frame(&frame, &decoded), "turn %d: a changed frame was taken", turn);
    }
}

Test(frame, a_good_frame_is_found_after_any_noise)
{
    uint64_t state = 3;
    struct frame_decoder decoder = { 0 };
    for (int turn = 0; turn < 2000; turn++) {
        struct frame frame, decoded;
        uint8_t noise[600], bytes[FRAME_BYTES];
        size_t count = random_below(&state, sizeof noise);
        for (size_t index = 0; index < count; index++)
            noise[index] = (uint8_t)(random_below(&state, 4) ? random_next(&state) : 0x7D + random_below(&state, 2));
        feed(&decoder, noise, count, &decoded);
        random_frame(&frame, &state);
        count = frame_encode(&frame, bytes);
        cr_assert_eq(feed(&decoder, bytes, count, &decoded), 1, "turn %d", turn);
        cr_assert(same_frame(&frame, &decoded), "turn %d", turn);
    }
}

Test(frame, a_wrong_length_with_a_right_sum_is_refused)
{
    for (unsigned length = 0; length < 256; length++) {
        uint8_t body[4 + 6 + 4] = { 1, 1, 0, (uint8_t)length, 1, 2, 3, 4, 5, 6 };
        uint32_t crc = plain_crc(body, 10);
        struct frame frame;
        struct frame_decoder decoder = { 0 };
        for (int index = 0; index < 4; index++)
            body[10 + index] = (uint8_t)(crc >> 8 * index);
        frame_decode(&decoder, 0x7E, &frame);
        for (size_t index = 0; index < sizeof body; index++) {
            if (body[index] == 0x7E || body[index] == 0x7D) {
                frame_decode(&decoder, 0x7D, &frame);
                body[index] ^= 0x20;
            }
            frame_decode(&decoder, body[index], &frame);
        }
        cr_assert_eq(frame_decode(&decoder, 0x7E, &frame), length == 3 ? FRAME_GOOD : FRAME_BAD, "length %u", length);
    }
}

Test(packet, head_words)
{
    struct packet_head head = { .kind = 5, .space = 2, .core = 0x1AB, .fill = true, .address = 0x123456, .count = 789 };
    struct packet_head back;
    uint16_t words[4];
    packet_put_head(&head, words);
    cr_assert_eq(words[0], 5 << 13 | 2 << 10 | 1 << 9 | 0x1AB);
    cr_assert_eq(words[1], 0x3456);
    cr_assert_eq(words[2], 0x12);
    cr_assert_eq(words[3], 789);
    packet_get_head(&back, words);
    cr_assert(back.kind == 5 && back.space == 2 && back.core == 0x1AB && back.fill && back.address == 0x123456
              && back.count == 789);
}

Test(packet, message_words)
{
    struct link_message message = { .kind = 6, .space = 1, .core = 7, .address = 0xFEDCBA, .data = 0x8001 };
    struct link_message back;
    uint16_t words[4];
    packet_put_message(&message, words);
    cr_assert_eq(words[0], 6 << 13 | 1 << 10 | 7);
    cr_assert_eq(words[1], 0xDCBA);
    cr_assert_eq(words[2], 0xFE);
    cr_assert_eq(words[3], 0x8001);
    packet_get_message(&back, words);
    cr_assert(back.kind == 6 && back.space == 1 && back.core == 7 && back.address == 0xFEDCBA && back.data == 0x8001);
}
