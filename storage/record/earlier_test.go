package record_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"slices"
	"testing"
	"time"

	"sluice/feed"
	"sluice/storage/record"
	"sluice/storage/retention"

	"github.com/google/go-cmp/cmp"
)

func TestAnArticleWithoutExtensionsIsWrittenAsBeforeThereWereAny(t *testing.T) {
	with, without := head(), head()
	with.Turns, with.Raised = 0, nil
	without.Turns, without.Raised = 0, nil
	without.Stored.Extensions = nil
	const sum = 4
	long, short := with.Encode(), without.Encode()
	if !bytes.HasPrefix(long, short[:len(short)-sum]) {
		t.Errorf("extensions are not the last of a record:\n%x\n%x", short, long)
	}
	if h, err := record.DecodeHead(short); err != nil || h.Stored.Extensions != nil {
		t.Errorf("a record that ends before them: %v, %+v", err, h.Stored.Extensions)
	}
}

// A source's record of before its troubles were kept, as sluice wrote it.
func TestASourceOfAnEarlierVersionIsRead(t *testing.T) {
	const hexed = "" +
		"01090101086c696e6b00000000000000100e6661696c696e67062265221279657374657264617903000000000000000500000000000000" +
		"04000000000000000280c987dba6fda5060280b9eaf18bfda50600000280d9a4c4c1fda5060080e0ba84bf038080c58bc6d10180c0e285" +
		"e3688080e4e6f9de200202040102040e726566757365640202610402620200025400002c68747470733a2f2f612e6578616d706c652f66" +
		"65656400000e52535320322e3018f1c4bc9f"
	b, err := hex.DecodeString(hexed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := record.DecodeSource(b)
	if err != nil {
		t.Fatal(err)
	}
	want := state()
	st := &want.State
	st.FailingSince, st.Reason, st.Throttled, st.AcceptAny, st.Same, st.SameSince = time.Time{}, "", time.Time{}, false, 0, time.Time{}
	st.Kept, st.MoveTo, st.MoveCount, st.MoveSince, st.Hubs, st.Topic = "", "", 0, time.Time{}, nil, ""
	want.Repeated, st.Told, st.Past, st.Fault, st.Code = nil, feed.Told{}, feed.Past{}, "", 0
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("got, want:\n%s", d)
	}
}

func TestASourceOfWhichNothingIsCountedIsWrittenAsBeforeAnythingWas(t *testing.T) {
	const sum = 4
	for name, told := range map[string]feed.Told{"told": state().State.Told, "nothing told": {}} {
		counted, not := state(), state()
		not.State.Fault, not.State.Code = "", 0
		counted.State.Told, not.State.Told, not.State.Past = told, told, feed.Past{}
		long, short := counted.Encode(), not.Encode()
		if !bytes.HasPrefix(long, short[:len(short)-sum]) {
			t.Errorf("%s: what is counted is not the last of a record:\n%x\n%x", name, long, short)
		}
		if s, err := record.DecodeSource(short); err != nil || cmp.Diff(s, not) != "" {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(s, not))
		}
		if s, err := record.DecodeSource(long); err != nil || cmp.Diff(s, counted) != "" {
			t.Errorf("%s: %v\n%s", name, err, cmp.Diff(s, counted))
		}
	}
}

func TestWhatIsCountedTakesFewBytes(t *testing.T) {
	s := state()
	s.State.Past, s.State.Fault, s.State.Code = feed.Past{}, "", 0
	without := len(s.Encode())
	s.State.Past = feed.Past{Since: 20_400, Polls: 9000, NotModified: 8900, Failures: 40, Size: 120_000, Saved: 1 << 30}
	if n := len(s.Encode()) - without; n > 25 {
		t.Errorf("%d bytes of a source that brings nothing", n)
	}
	for day := range feed.Day(feed.NewsDays) {
		s.State.Past.News = append(s.State.Past.News, feed.DayNews{Day: 20_500 + day, New: 40})
	}
	if n := len(s.Encode()) - without; n > 90 {
		t.Errorf("%d bytes of one that brings something each day", n)
	}
}

func TestWhatRetentionRemembersIsReadAsItWasWritten(t *testing.T) {
	for _, k := range []record.Keeping{
		{},
		{
			Clock:  retention.Clock{Known: now, Ahead: now.Add(time.Hour), Last: now.Add(2 * time.Hour), Jumps: 2, Slow: true, Day: now.Truncate(24 * time.Hour), Spent: 1000, Gone: now.Add(-time.Hour)},
			Walked: now, Age: 365 * 24 * time.Hour, Swept: now.Add(-48 * time.Hour), Source: 1 << 31, Cross: 255,
		},
	} {
		if got, err := record.DecodeKeeping(k.Encode()); err != nil || got != k {
			t.Errorf("got %+v, %v, want %+v", got, err, k)
		}
	}
	for _, g := range []record.Gone{{}, {Source: 7, Day: 20_000, ID: [8]byte{1, 7: 2}, Title: 1 << 63, Place: now}} {
		if got, err := record.DecodeGone(g.Encode()); err != nil || got != g {
			t.Errorf("got %+v, %v, want %+v", got, err, g)
		}
	}
	for _, list := range [][]uint64{nil, {1}, {3, 4, 1 << 60}} {
		if got, err := record.DecodeListed(record.EncodeListed(list)); err != nil || !slices.Equal(got, list) {
			t.Errorf("got %d, %v, want %d", got, err, list)
		}
	}
	if _, err := record.DecodeGone(record.EncodeListed([]uint64{1})); !errors.Is(err, record.ErrInvalid) {
		t.Errorf("a record of another kind is read: %v", err)
	}
}
