package record

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/fuzztest"
)

// FuzzDecode gives decoders bodies under a right checksum, which only a fault of
// ours could write: nothing may panic, and what decodes must be written as it
// was understood.
func FuzzDecode(f *testing.F) {
	f.Add([]byte{})
	f.Add(head0().Encode()[1:])
	f.Add(Source{Num: 3, State: feed.SourceState{Warnings: map[string]int{"a": 1}}}.Encode()[1:])
	f.Add([]byte{textZstd, 0x28, 0xb5, 0x2f, 0xfd})
	f.Add([]byte{1, 0, 5, 1, 11, textPlain})
	f.Add([]byte{2, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 2, 11})
	texts, err := NewTexts()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		defer fuzztest.Within(t, len(body), fuzztest.Cost{Bytes: 16 << 20, Each: 1 << 10})()
		b := append([]byte{version}, body...)
		if h, err := DecodeHead(seal(kindHead, bytes.Clone(b))); err == nil {
			again, err := DecodeHead(h.Encode())
			if err != nil || !bytes.Equal(again.Encode(), h.Encode()) {
				t.Errorf("head read as %+v and again as %+v, %v", h, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("head: %v", err)
		}
		if _, _, _, err := HeadDigest(seal(kindHead, bytes.Clone(b))); err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("digest: %v", err)
		}
		if s, err := DecodeSource(seal(kindSource, bytes.Clone(b))); err == nil {
			again, err := DecodeSource(s.Encode())
			if err != nil || !bytes.Equal(again.Encode(), s.Encode()) {
				t.Errorf("source read as %+v and again as %+v, %v", s, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("source: %v", err)
		}
		if _, err := DecodePublication(seal(kindPublication, bytes.Clone(b))); err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("publication: %v", err)
		}
		if h, err := DecodeHistory(seal(kindHistory, bytes.Clone(b))); err == nil {
			if again, err := DecodeHistory(EncodeHistory(*h)); err != nil || !bytes.Equal(EncodeHistory(*again), EncodeHistory(*h)) {
				t.Errorf("history read as %+v and again as %+v, %v", h, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("history: %v", err)
		}
		if k, err := DecodeKeeping(seal(kindKeeping, bytes.Clone(b))); err == nil {
			if again, err := DecodeKeeping(k.Encode()); err != nil || again != k {
				t.Errorf("retention's memory read as %+v and again as %+v, %v", k, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("retention's memory: %v", err)
		}
		if g, err := DecodeGone(seal(kindGone, bytes.Clone(b))); err == nil {
			if again, err := DecodeGone(g.Encode()); err != nil || again != g {
				t.Errorf("removed article read as %+v and again as %+v, %v", g, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("removed article: %v", err)
		}
		if m, err := DecodeArchive(seal(kindArchive, bytes.Clone(b))); err == nil {
			if again, err := DecodeArchive(EncodeArchive(m)); err != nil || !slices.Equal(m, again) {
				t.Errorf("archive read as %v and again as %v, %v", m, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("archive: %v", err)
		}
		if h, err := DecodeHost(seal(kindHost, bytes.Clone(b))); err == nil {
			if again, err := DecodeHost(EncodeHost(h)); err != nil || !bytes.Equal(EncodeHost(again), EncodeHost(h)) {
				t.Errorf("host read as %+v and again as %+v, %v", h, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("host: %v", err)
		}
		if p, err := DecodePing(seal(kindPing, bytes.Clone(b))); err == nil {
			if again, err := DecodePing(EncodePing(p)); err != nil || !bytes.Equal(EncodePing(again), EncodePing(p)) {
				t.Errorf("ping read as %+v and again as %+v, %v", p, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("ping: %v", err)
		}
		if num, e, err := DecodeEvent(seal(kindEvent, bytes.Clone(b))); err == nil {
			n, again, err := DecodeEvent(EncodeEvent(num, e))
			if err != nil || !bytes.Equal(EncodeEvent(n, again), EncodeEvent(num, e)) {
				t.Errorf("event read as %+v and again as %+v, %v", e, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("event: %v", err)
		}
		if j, err := DecodeJoin(seal(kindJoin, bytes.Clone(b))); err == nil {
			if again, err := DecodeJoin(j.Encode()); err != nil || !bytes.Equal(j.Encode(), again.Encode()) {
				t.Errorf("join read as %+v and again as %+v, %v", j, again, err)
			}
		} else if !errors.Is(err, ErrInvalid) {
			t.Errorf("join: %v", err)
		}
		if _, _, err := texts.Decode(seal(kindTexts, bytes.Clone(b))); err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("texts: %v", err)
		}
		index := seal(kindBlock, bytes.Clone(b))
		for _, parts := range [][]byte{nil, seal(kindPart, bytes.Clone(b))} {
			readBlock(t, texts, append(append(binary.AppendUvarint(nil, uint64(len(index))), index...), parts...))
		}
		whole := texts.EncodeBlock([]Text{{Summary: string(body)}, {}, {Content: "<p>" + string(body)}})
		if got := readBlock(t, texts, whole); len(got) != 3 || got[0].Summary != string(body) || !got[1].IsEmpty() || got[2].Content != "<p>"+string(body) {
			t.Errorf("a block is read as %q", got)
		}
	})
}

// readBlock returns all texts of a block; nil of what is none.
func readBlock(t *testing.T, texts *Texts, b []byte) (all []Text) {
	t.Helper()
	block, err := OpenBlock(b)
	for i := range block.Len() {
		var part Part
		if part, err = texts.Part(block, i); err != nil {
			break
		}
		text, ok := part.Text(i)
		if !ok || text.IsEmpty() == block.Has(i) {
			t.Errorf("text %d is in its part: %v, and says %q", i, ok, text)
		}
		all = append(all, text)
	}
	if err != nil {
		if !errors.Is(err, ErrInvalid) {
			t.Errorf("block: %v", err)
		}
		return nil
	}
	return all
}

func head0() Head {
	return Head{Source: 1, Stored: feed.Stored{ID: "urn:x:1", Article: feed.Article{GUID: "urn:x:1", Title: "title"}}}
}

func TestASubscriptionOfBeforeItsBaseWasKeptIsRead(t *testing.T) {
	w := newWriter(64)
	for _, text := range []string{"a", "https://hub.example/", "https://a.example/self", "s", string(feed.SubscriptionActive), "r"} {
		w.string(text)
	}
	for range 3 {
		w.time(time.Time{})
	}
	w.int(2)
	got, err := DecodeSubscription(w.seal(kindSubscription))
	if err != nil || got.Source != "a" || got.Failures != 2 || got.Base != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}
