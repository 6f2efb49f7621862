package record_test

import (
	"errors"
	"slices"
	"testing"

	"sluice/feed"
	"sluice/storage/record"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAListingIsReadAsItWasWritten(t *testing.T) {
	const shared, alone = 7<<32 | 5, 9<<32 | 6
	l := record.Listed{
		Seqs: []uint64{3, 4, 9}, Body: 1 << 63, Identity: feed.IdentityGUID,
		Seen: []record.Seen{
			{Sum: 1 << 62, Seq: 3, Day: 20_000, GUID: true, Said: []uint64{shared, alone}},
			{Sum: 2, Seq: 9, Day: 20_003, Said: []uint64{shared}},
		},
	}
	b := l.Encode()
	got, err := record.DecodeSeen(b)
	want := l
	want.Seen = slices.Clone(l.Seen)
	want.Seen[0].Said = []uint64{shared, 6}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got)\n%s", err, d)
	}
	if seqs, err := record.DecodeListed(b); err != nil || !slices.Equal(seqs, l.Seqs) {
		t.Errorf("the articles are %v, %v", seqs, err)
	}
	got.Seen[1].Said = append(got.Seen[1].Said, alone) // an item that was read has it whole
	if again, err := record.DecodeSeen(got.Encode()); err != nil || !slices.Equal(again.Seen[0].Said, []uint64{shared, alone}) {
		t.Errorf("a line that became another's, too: %x, %v", again.Seen[0].Said, err)
	}
	if plain, err := record.DecodeSeen(record.EncodeListed(l.Seqs)); err != nil || !cmp.Equal(plain, record.Listed{Seqs: l.Seqs}) {
		t.Errorf("of a listing alone: %+v, %v", plain, err)
	}
	for i := range b {
		b[i] ^= 1
		if _, err := record.DecodeSeen(b); !errors.Is(err, record.ErrInvalid) {
			t.Errorf("byte %d is damaged: %v", i, err)
		}
		b[i] ^= 1
	}
}

func TestAnyListingIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l record.Listed
		seq := uint64(0)
		for range rapid.IntRange(1, 20).Draw(t, "items") {
			seq += rapid.Uint64Range(1, 1<<40).Draw(t, "step")
			l.Seqs = append(l.Seqs, seq)
			s := record.Seen{Sum: rapid.Uint64().Draw(t, "sum"), Seq: seq, Day: rapid.Uint32().Draw(t, "day"), GUID: rapid.Bool().Draw(t, "guid")}
			for _, key := range rapid.SliceOfNDistinct(rapid.Uint64Range(1, 30), 0, 8, rapid.ID).Draw(t, "lines") {
				s.Said = append(s.Said, key<<32|key)
			}
			l.Seen = append(l.Seen, s)
		}
		got, err := record.DecodeSeen(l.Encode())
		if err != nil {
			t.Fatal(err)
		}
		times := map[uint64]int{}
		for _, s := range l.Seen {
			for _, key := range s.Said {
				times[key]++
			}
		}
		for i, s := range got.Seen {
			want := l.Seen[i]
			for j, key := range want.Said {
				if times[key] == 1 {
					want.Said[j] = key & 0xffffffff
				}
			}
			slices.Sort(want.Said)
			slices.Sort(s.Said)
			if !cmp.Equal(want, s) {
				t.Fatalf("item %d: %+v, want %+v", i, s, want)
			}
		}
	})
}
