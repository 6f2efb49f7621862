package web

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func TestAnAddressHasItsAnswersAtOnceAndThenOneAfterTheOther(t *testing.T) {
	l := newLimiter(4, nil)
	one, other := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	steps := []struct {
		after time.Duration // noon
		from  netip.Addr
		wait  time.Duration
	}{
		{0, one, 0},
		{0, one, 0},
		{0, one, 0},
		{time.Second, one, 0},
		{time.Second, one, 14 * time.Second},
		{2 * time.Second, one, 13 * time.Second},
		{2 * time.Second, other, 0},
		{15 * time.Second, one, 0},
		{16 * time.Second, one, 14 * time.Second},
		{31 * time.Second, one, 0},
		{70 * time.Second, one, 0},
		{71 * time.Second, one, 0},
		{72 * time.Second, one, 3 * time.Second},
		{10 * time.Minute, one, 0},
		{10 * time.Minute, one, 0},
		{10 * time.Minute, one, 0},
		{10 * time.Minute, one, 0},
		{10 * time.Minute, one, 15 * time.Second},
	}
	for i, step := range steps {
		if wait := l.take(noon.Add(step.after), step.from); wait != step.wait {
			t.Errorf("step %d: wait %s, want %s", i, wait, step.wait)
		}
	}
}

// TestNobodyGetsMoreThanHisShare has readers ask at any times: within any length of time
// nobody gets more answers than a minute's, and a minute's for each that has passed; and
// who waits as long as he is told is answered.
func TestNobodyGetsMoreThanHisShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answers := rapid.IntRange(1, 100).Draw(t, "answers")
		l := newLimiter(answers, nil)
		now := noon
		given := map[netip.Addr][]time.Time{}
		for range rapid.IntRange(1, 400).Draw(t, "requests") {
			now = now.Add(rapid.SampledFrom([]time.Duration{0, time.Millisecond, time.Second, 10 * time.Second, time.Minute, 3 * time.Minute}).Draw(t, "pause"))
			from := netip.AddrFrom4([4]byte{192, 0, 2, rapid.Byte().Draw(t, "from") % 3})
			wait := l.take(now, from)
			if wait > 0 {
				now = now.Add(wait)
				if again := l.take(now, from); again != 0 {
					t.Fatalf("told to wait %s, and then %s", wait, again)
				}
			}
			given[from] = append(given[from], now)
			for i, first := range given[from] {
				share := float64(answers) * (1 + now.Sub(first).Minutes())
				if n := len(given[from]) - i; float64(n) > share+1e-6 {
					t.Fatalf("%d answers in %s at %d a minute", n, now.Sub(first), answers)
				}
			}
		}
	})
}

func TestIPv6IsLimitedByItsNetworkAndAnUnknownAddressNotAtAll(t *testing.T) {
	l := newLimiter(1, nil)
	tests := []struct {
		from    string
		limited bool
	}{
		{"2001:db8:0:1::1", false}, {"2001:db8:0:1:ffff::1", true}, {"2001:db8:0:2::1", false}, {"192.0.2.1", false}, {"192.0.2.1", true},
	}
	for _, tt := range tests {
		if wait := l.take(noon, netip.MustParseAddr(tt.from)); wait > 0 != tt.limited {
			t.Errorf("%s: wait %s", tt.from, wait)
		}
	}
	for range 3 {
		if wait := l.take(noon, netip.Addr{}); wait > 0 {
			t.Errorf("a unix socket: wait %s", wait)
		}
	}
}

func TestALimiterRemembersNoMoreThanItMayAndForgetsInTwoMinutes(t *testing.T) {
	l := newLimiter(1, nil)
	known := netip.MustParseAddr("203.0.113.1")
	l.take(noon, known)
	for i := range 2 * maxLimited {
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], 10<<24|uint32(i))
		l.take(noon.Add(time.Second), netip.AddrFrom4(a))
	}
	if len(l.now) != maxLimited {
		t.Errorf("%d addresses, want %d", len(l.now), maxLimited)
	}
	if wait := l.take(noon.Add(time.Second), known); wait != 59*time.Second {
		t.Errorf("who was known before waits %s", wait)
	}
	l.take(noon.Add(time.Minute), known)
	l.take(noon.Add(2*time.Minute), known)
	if len(l.now)+len(l.before) > 2 {
		t.Errorf("%d addresses after two minutes", len(l.now)+len(l.before))
	}
}

func TestALimiterForgetsWhenTheClockIsSetBack(t *testing.T) {
	l := newLimiter(1, nil)
	from := netip.MustParseAddr("192.0.2.1")
	l.take(noon, from)
	if wait := l.take(noon.Add(-time.Hour), from); wait != 0 {
		t.Errorf("wait %s", wait)
	}
}
