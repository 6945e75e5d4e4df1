from kiosk.record import EVENT, RECORD_LOST, SIZE, UNREADABLE, loss, pack, unpack

RECORD = (1, 4, 2**31 - 1, 2**31 - 1, 2**40 - 1, 2**31 - 1, 3)


def test_there_and_back():
    data = pack(RECORD, 834172213, 43)
    assert len(data) == SIZE
    assert unpack(data, 834172213, 43) == RECORD


def test_any_flipped_bit_is_noticed():
    data = pack(RECORD, 834172213, 43)
    for bit in range(8 * SIZE):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        assert unpack(bytes(damaged), 834172213, 43) is None


def test_a_record_in_another_place_is_damaged():
    data = pack(RECORD, 834172213, 43)
    assert unpack(data, 834172213, 44) is None
    assert unpack(data, 834172214, 43) is None


def test_half_a_record_is_damaged():
    assert unpack(pack(RECORD, 1, 1)[:20], 1, 1) is None
    assert unpack(b"", 1, 1) is None


def test_a_loss_happened_when_its_neighbour_did():
    assert loss(UNREADABLE, (1, 4, 0, 7, 88, 3, 1)) == (EVENT, RECORD_LOST, UNREADABLE, 7, 88, 3, 1)
