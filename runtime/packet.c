/* Puts packets into words and takes them out again, in both directions of the link. */
#include "packet.h"

static void put_address(uint32_t address, uint16_t *words)
{
    words[0] = (uint16_t)(address & 0xFFFF);
    words[1] = (uint16_t)(address >> 16 & 0xFF);
}

static uint32_t get_address(const uint16_t *words)
{
    return words[0] | (uint32_t)(words[1] & 0xFF) << 16;
}

void packet_put_head(const struct packet_head *head, uint16_t *words)
{
    words[0] = (uint16_t)(HW_PUT(head->kind, PACKET_KIND) | HW_PUT(head->space, PACKET_SPACE)
                          | HW_PUT(head->fill, PACKET_FILL) | HW_PUT(head->core, PACKET_CORE));
    put_address(head->address, words + 1);
    words[2] = (uint16_t)(words[2] | HW_PUT(head->increment_log2, PACKET_INCREMENT_LOG2));
    words[3] = head->count;
}

void packet_get_head(struct packet_head *head, const uint16_t *words)
{
    head->kind = (unsigned)HW_GET(words[0], PACKET_KIND);
    head->space = (unsigned)HW_GET(words[0], PACKET_SPACE);
    head->core = (unsigned)HW_GET(words[0], PACKET_CORE);
    head->fill = HW_GET(words[0], PACKET_FILL) != 0;
    head->address = get_address(words + 1);
    head->increment_log2 = (unsigned)HW_GET(words[2], PACKET_INCREMENT_LOG2);
    head->count = words[3];
}

void packet_put_message(const struct link_message *message, uint16_t *words)
{
    words[0] = (uint16_t)(HW_PUT(message->kind, PACKET_KIND) | HW_PUT(message->space, PACKET_SPACE)
                          | HW_PUT(message->core, PACKET_CORE));
    put_address(message->address, words + 1);
    words[3] = message->data;
}

void packet_get_message(struct link_message *message, const uint16_t *words)
{
    message->kind = (unsigned)HW_GET(words[0], PACKET_KIND);
    message->space = (unsigned)HW_GET(words[0], PACKET_SPACE);
    message->core = (unsigned)HW_GET(words[0], PACKET_CORE);
    message->address = get_address(words + 1);
    message->data = words[3];
}
