package record_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage/record"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

func head() record.Head {
	return record.Head{
		Source: 7,
		Texts:  true,
		Heard:  1 << 62,
		Turns:  9,
		Raised: []time.Time{now.Add(-2 * time.Hour), now.Add(-time.Hour)},
		Digest: dedup.Digest{Real: 1, Title: 1 << 63, GUID: 5},
		Stored: feed.Stored{
			Article: feed.Article{
				GUID: "https://a.example/1", URL: "https://a.example/1", Title: "Übung",
				Authors:    []feed.Person{{Name: "Ada", URL: "https://a.example/1"}},
				Categories: []feed.Category{{Term: "news"}, {Term: "news", Label: "News"}},
				Enclosures: []feed.Enclosure{{URL: "https://a.example/1.mp3", Length: 1 << 50, Duration: time.Hour}},
				Links:      []feed.Link{{Rel: "via", URL: "https://b.example/"}},
				Origin:     &feed.Origin{Title: "O"},
				Extensions: []feed.Extension{{
					Space: feed.SpaceMedia, Name: "group", Elements: []feed.Extension{
						{Space: feed.SpaceMedia, Name: "title", Text: "Übung"},
						{Space: feed.SpaceMedia, Name: "content", Attrs: []feed.Attr{{Name: "url", Value: "https://a.example/1.mp4"}}},
					},
				}},
				Published: now.Add(-time.Hour), Sanitizer: 2,
			},
			ID: "https://a.example/1", Identity: 3, How: feed.HowURL,
			FirstSeen: now, Place: now, Date: now.Add(-time.Hour), Changed: time.Unix(-5, 0).UTC(), Revision: 4, Backlog: true,
		},
	}
}

func state() record.Source {
	return record.Source{
		Num: 9, Configured: true, Disabled: true, Identity: feed.IdentityLink, URL: 1 << 60,
		Repeated: []dedup.Repeated{{Line: 1 << 63, Times: 3, Day: 20_000}, {Line: 4, Times: 1, Day: 19_999}},
		State: feed.SourceState{
			Status: feed.StatusFailing, ETag: `"e"`, LastModified: "yesterday", Address: 3, Origin: 5, Body: 4,
			LastAttempt: now, LastSuccess: now.Add(-time.Hour), NextPoll: now.Add(time.Hour),
			Freshness: time.Minute, Floor: time.Hour, Interval: 30 * time.Minute, Quiet: 20 * time.Hour,
			SkipHours: []int{1, 2}, SkipDays: []time.Weekday{time.Monday},
			Failures: 2, Error: "refused", Fault: feed.FaultHTTP, Code: 503, Warnings: map[string]int{"b": 1, "a": 2},
			FailingSince: now.Add(-2 * time.Hour), Reason: "back-off", Throttled: now.Add(-time.Minute), AcceptAny: true,
			Same: 3, SameSince: now.Add(-48 * time.Hour), Kept: "https://c.example/f", MoveTo: "https://b.example/f",
			MoveCount: 2, MoveSince: now.Add(-30 * time.Hour), Hubs: []string{"https://hub.example/"}, Topic: "https://a.example/feed",
			Told: feed.Told{Broke: now.Add(-2 * time.Hour), Ended: true, Silent: now.Add(-90 * time.Hour), Moved: 1 << 62, Last: now},
			Past: feed.Past{
				Since: 20_400, Polls: 700, NotModified: 600, Failures: 3, Size: 1 << 20, Saved: 1<<64 - 1,
				News: feed.News{{Day: -3, New: 1}, {Day: 20_500, New: 300}, {Day: 20_501, New: 2}},
			},
			Info: feed.Info{Title: "T", Self: "https://a.example/feed", Format: "RSS 2.0"}, Articles: 12,
		},
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	h, err := record.DecodeHead(head().Encode())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(h, head()); d != "" {
		t.Errorf("head (got, want):\n%s", d)
	}
	source, digest, heard, err := record.HeadDigest(head().Encode())
	if err != nil || source != head().Source || digest != head().Digest || heard != head().Heard {
		t.Errorf("digest: got %d, %+v, %v", source, digest, err)
	}
	s, err := record.DecodeSource(state().Encode())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s, state()); d != "" {
		t.Errorf("source (got, want):\n%s", d)
	}
	if num, err := record.SourceNum(state().Encode()); err != nil || num != state().Num {
		t.Errorf("number: got %d, %v", num, err)
	}
	p := feed.Publication{Since: now, Modified: now.Add(time.Hour), Digest: [32]byte{1, 31: 2}}
	for _, id := range []string{"", "urn:x", "https://feeds.example.org/feeds/world"} {
		p.ID = id
		got, err := record.DecodePublication(record.EncodePublication(p))
		if err != nil || got != p {
			t.Errorf("publication: got %+v, %v", got, err)
		}
	}
}

func TestAnEventIsReadAsItWasWritten(t *testing.T) {
	for _, e := range []feed.Event{
		{},
		{
			ID: "tag:x,2026:a/broke", Kind: feed.EventBroke, At: now, Since: now.Add(-time.Hour), Ended: true, Success: now.Add(-2 * time.Hour),
			Failures: 3, Error: "answered 410 Gone", Address: "https://a.example/feed", Site: "https://a.example/",
		},
		{Kind: feed.EventBack, Was: feed.EventSilent, At: now, Since: now.Add(-time.Minute), New: 4},
		{Kind: feed.EventMoved, At: now, To: "https://b.example/feed?key=***", Usual: 30 * time.Hour},
	} {
		num, got, err := record.DecodeEvent(record.EncodeEvent(7, e))
		if err != nil || num != 7 || got != e {
			t.Errorf("got %d, %+v, %v; want 7, %+v", num, got, err, e)
		}
	}
}

func TestAHistoryIsReadAsItWasWritten(t *testing.T) {
	h := history()
	got, err := record.DecodeHistory(record.EncodeHistory(h))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(got, &h); d != "" {
		t.Errorf("history (got, want):\n%s", d)
	}
	for _, members := range [][]uint64{nil, {1}, {1, 2, 1 << 63, 1<<64 - 1}} {
		got, err := record.DecodeArchive(record.EncodeArchive(members))
		if err != nil || !slices.Equal(got, members) {
			t.Errorf("archive: got %v, %v, want %v", got, err, members)
		}
	}
}

func history() feed.History {
	return feed.History{Seen: 1 << 40, Rules: [32]byte{1, 31: 2}, At: now, Closed: 7, Open: []uint64{3, 4, 1 << 39}}
}

func TestASubscriptionIsReadAsItWasWritten(t *testing.T) {
	sub := feed.Subscription{
		Source: "a", Hub: "https://hub.example/", Topic: "https://a.example/feed", Secret: "s", Reason: "r",
		State: feed.SubscriptionActive, Since: now, Expires: now.Add(time.Hour), Renew: now.Add(time.Minute), Failures: 3,
		Base: "https://out.example/websub/",
	}
	got, err := record.DecodeSubscription(record.EncodeSubscription(sub))
	if err != nil || got != sub {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAPingIsReadAsItWasWritten(t *testing.T) {
	for _, want := range []feed.Ping{{}, {Digest: [32]byte{1, 31: 2}, Since: now, Next: now.Add(time.Hour), Failures: 3}} {
		if got, err := record.DecodePing(record.EncodePing(want)); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func host() feed.HostState {
	return feed.HostState{Throttled: now, Rests: now.Add(time.Hour), Spacing: 64 * time.Second}
}

func TestWhatAHostAskedForIsReadAsItWasWritten(t *testing.T) {
	for _, want := range []feed.HostState{{}, host(), {Throttled: now, Spacing: -1}} {
		if got, err := record.DecodeHost(record.EncodeHost(want)); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func TestTheSameValueGivesTheSameBytes(t *testing.T) {
	for range 20 { // maps are walked in another order each time
		if !bytes.Equal(state().Encode(), state().Encode()) {
			t.Fatal("two encodings of one state differ")
		}
	}
}

func TestTimesAreKeptToTheMicrosecond(t *testing.T) {
	p := feed.Publication{Since: now.Add(999 * time.Nanosecond).In(time.FixedZone("", 3600))}
	got, err := record.DecodePublication(record.EncodePublication(p))
	if err != nil || got.Since != now {
		t.Errorf("got %v, %v, want %v", got.Since, err, now)
	}
}

func TestTextsAreKeptAndCompressed(t *testing.T) {
	texts := newTexts(t)
	tests := map[string]struct{ summary, content string }{
		"nothing":        {"", ""},
		"a summary":      {"<p>short</p>", ""},
		"a content":      {"", strings.Repeat("<p>long</p>", 10_000)},
		"both":           {strings.Repeat("s", 1000), strings.Repeat("c", 1000)},
		"incompressible": {"", "\x00\xff\x01\xfe"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := texts.Encode(test.summary, test.content)
			if size := len(test.summary) + len(test.content); len(b) > size/10+20 && size > 100 {
				t.Errorf("%d bytes for %d", len(b), size)
			}
			summary, content, err := texts.Decode(b)
			if err != nil || summary != test.summary || content != test.content {
				t.Errorf("got %.20q, %.20q, %v", summary, content, err)
			}
		})
	}
}

func newTexts(tb testing.TB) *record.Texts {
	tb.Helper()
	texts, err := record.NewTexts()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := texts.Close(); err != nil {
			tb.Error(err)
		}
	})
	return texts
}

func TestAnyChangedByteIsFound(t *testing.T) {
	texts := newTexts(t)
	records := map[string]struct {
		bytes  []byte
		decode func(b []byte) error
	}{
		"head":   {head().Encode(), func(b []byte) error { _, err := record.DecodeHead(b); return err }},
		"digest": {head().Encode(), func(b []byte) error { _, _, _, err := record.HeadDigest(b); return err }},
		"source": {state().Encode(), func(b []byte) error { _, err := record.DecodeSource(b); return err }},
		"publication": {
			record.EncodePublication(feed.Publication{Since: now}),
			func(b []byte) error { _, err := record.DecodePublication(b); return err },
		},
		"history":  {record.EncodeHistory(history()), func(b []byte) error { _, err := record.DecodeHistory(b); return err }},
		"document": {record.EncodeDocument([]byte("text")), func(b []byte) error { _, err := record.DecodeDocument(b); return err }},
		"archive":  {record.EncodeArchive([]uint64{5, 6, 300}), func(b []byte) error { _, err := record.DecodeArchive(b); return err }},
		"host":     {record.EncodeHost(host()), func(b []byte) error { _, err := record.DecodeHost(b); return err }},
		"texts": {
			texts.Encode("summary", "content"),
			func(b []byte) error { _, _, err := texts.Decode(b); return err },
		},
	}
	for name, r := range records {
		t.Run(name, func(t *testing.T) {
			for i := range r.bytes {
				for _, change := range []byte{1, 0x80, 0xff} {
					b := bytes.Clone(r.bytes)
					b[i] ^= change
					if err := r.decode(b); !errors.Is(err, record.ErrInvalid) {
						t.Fatalf("byte %d changed: got %v, want ErrInvalid", i, err)
					}
				}
				if err := r.decode(r.bytes[:i]); !errors.Is(err, record.ErrInvalid) {
					t.Fatalf("cut at %d: got %v, want ErrInvalid", i, err)
				}
			}
			for other, o := range records {
				if sort(other) != sort(name) {
					if err := r.decode(o.bytes); !errors.Is(err, record.ErrInvalid) {
						t.Errorf("a %s was read as %s", other, name)
					}
				}
			}
		})
	}
}

// sort is the kind of record that a decoder takes.
func sort(name string) string { return strings.Replace(name, "digest", "head", 1) }

func TestRandomHeadsComeBack(t *testing.T) {
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "same", "https://a.example/1"}))
	at := rapid.Custom(func(t *rapid.T) time.Time {
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return time.Time{}
		case 1:
			return now
		case 2:
			return time.Unix(rapid.Int64Range(-1<<40, 1<<40).Draw(t, "seconds"), 0).UTC()
		}
		return time.UnixMicro(rapid.Int64().Draw(t, "micros")).UTC()
	})
	rapid.Check(t, func(t *rapid.T) {
		want := head()
		a := &want.Stored
		a.GUID, a.URL, a.ID = text.Draw(t, "guid"), text.Draw(t, "url"), text.Draw(t, "id")
		a.Title, a.Language = text.Draw(t, "title"), text.Draw(t, "language")
		a.FirstSeen, a.Place, a.Published = at.Draw(t, "seen"), at.Draw(t, "place"), at.Draw(t, "published")
		a.Updated, a.Date = at.Draw(t, "updated"), at.Draw(t, "date")
		a.Sanitizer, a.Identity = rapid.Int().Draw(t, "sanitizer"), rapid.Uint64().Draw(t, "identity")
		a.Authors = nil
		for range rapid.IntRange(0, 3).Draw(t, "authors") {
			a.Authors = append(a.Authors, feed.Person{Name: text.Draw(t, "name"), Email: text.Draw(t, "email")})
		}
		want.Digest = dedup.Digest{Real: rapid.Uint64().Draw(t, "real"), URL: rapid.Uint64().Draw(t, "url digest")}
		got, err := record.DecodeHead(want.Encode())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(got, want); d != "" {
			t.Fatalf("head (got, want):\n%s", d)
		}
	})
}
