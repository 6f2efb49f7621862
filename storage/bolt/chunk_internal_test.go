package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sluice/feed/fuzztest"

	"pgregory.net/rapid"
)

// chunksOf packs entries.
func chunksOf(tb rapid.TB, s shape, atEnd bool, all map[string]string) (firsts, chunks [][]byte) {
	tb.Helper()
	var p packer
	p.reset(s)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if err := p.add([]byte(k), []byte(all[k])); err != nil {
			tb.Fatal(err)
		}
	}
	err := p.chunks(atEnd, func(first, chunk []byte) error {
		firsts, chunks = append(firsts, bytes.Clone(first)), append(chunks, chunk)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return firsts, chunks
}

// entriesOf reads chunks to their ends.
func entriesOf(tb rapid.TB, s shape, firsts, chunks [][]byte) map[string]string {
	tb.Helper()
	got, last := map[string]string{}, ""
	var t table
	for i := range chunks {
		if err := errors.Join(t.reset(s, firsts[i], chunks[i]), t.all()); err != nil {
			tb.Fatal(err)
		}
		for j := range t.len() {
			k := string(t.keyOf(j))
			if len(got) > 0 && k <= last {
				tb.Fatalf("%x comes after %x", k, last)
			}
			got[k], last = string(t.valueOf(j)), k
		}
	}
	return got
}

// shapeOf draws one of the shapes that there are.
func shapeOf(t *rapid.T) shape {
	return rapid.SampledFrom(slices.DeleteFunc(slices.Clone(shapes[:]), func(s shape) bool { return s.key == 0 })).Draw(t, "shape")
}

// keys draws keys of which many share their beginnings.
func keys(s shape) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		same := rapid.IntRange(0, s.key).Draw(t, "same")
		rest := rapid.SliceOfN(rapid.SampledFrom([]byte{0, 1, 2, 0x7f, 0xff}), s.key-same, s.key-same).Draw(t, "rest")
		return strings.Repeat("\x01", same) + string(rest)
	})
}

func values(s shape) *rapid.Generator[string] {
	least, most := s.value, s.value
	if s.value == varies {
		least, most = 0, 40
	}
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), least, most), func(b []byte) string { return string(b) })
}

func TestAChunkHasWhatWasPutIntoIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := shapeOf(t)
		all := rapid.MapOfN(keys(s), values(s), 1, 200).Draw(t, "all")
		firsts, chunks := chunksOf(t, s, rapid.Bool().Draw(t, "at the end"), all)
		if got := entriesOf(t, s, firsts, chunks); !maps.Equal(got, all) {
			t.Fatalf("got %q, want %q", got, all)
		}
		for i := range chunks {
			if len(chunks[i]) > fullChunk+s.key+50 {
				t.Fatalf("a chunk of %d bytes", len(chunks[i]))
			}
			body, err := s.open(firsts[i], chunks[i])
			if err != nil {
				t.Fatal(err)
			}
			next := ""
			if i+1 < len(firsts) {
				next = string(firsts[i+1])
			}
			for _, k := range append(slices.Collect(maps.Keys(all)), rapid.SliceOf(keys(s)).Draw(t, "others")...) {
				if k < string(firsts[i]) || next != "" && k >= next {
					continue
				}
				v, err := s.find(firsts[i], body, []byte(k))
				if want, there := all[k]; err != nil || (v != nil) != there || string(v) != want {
					t.Fatalf("under %x: got %x, %v, want %x, %v", k, v, err, want, there)
				}
			}
		}
	})
}

func TestOthersTakeThePlacesOfAChunksEntries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := shapeOf(t)
		all := rapid.MapOfN(keys(s), values(s), 1, 20).Draw(t, "all")
		others := rapid.MapOfN(keys(s), values(s), 0, 100).Draw(t, "others")
		firsts, chunks := chunksOf(t, s, false, all)
		if len(chunks) > 1 {
			t.Skip("more than a chunk")
		}
		var added []entry
		for _, k := range slices.Sorted(maps.Keys(others)) {
			added = append(added, entry{key: []byte(k), value: []byte(others[k])})
		}
		var p packer
		var old table
		p.reset(s)
		if err := old.reset(s, firsts[0], chunks[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := p.merge(&old, added); err != nil {
			t.Fatal(err)
		}
		maps.Copy(all, others)
		var is, are [][]byte
		err := p.chunks(false, func(first, chunk []byte) error {
			is, are = append(is, bytes.Clone(first)), append(are, chunk)
			return nil
		})
		if got := entriesOf(t, s, is, are); err != nil || !maps.Equal(got, all) {
			t.Fatalf("got %q, want %q, %v", got, all, err)
		}
	})
}

func TestAChangedChunkIsNoChunk(t *testing.T) {
	for n, s := range shapes {
		if s.key == 0 {
			continue
		}
		t.Run(bucketNames[n], func(t *testing.T) {
			all := map[string]string{}
			for i := range 20 {
				all[fmt.Sprintf("%0*d", s.key, i*i)] = strings.Repeat("v", max(s.value, 0))
			}
			firsts, chunks := chunksOf(t, s, true, all)
			var reader table
			for bit := range 8 * (len(firsts[0]) + len(chunks[0])) {
				first, chunk := bytes.Clone(firsts[0]), bytes.Clone(chunks[0])
				if at := bit / 8; at < len(first) {
					first[at] ^= 1 << (bit % 8)
				} else {
					chunk[at-len(first)] ^= 1 << (bit % 8)
				}
				if err := reader.reset(s, first, chunk); !errors.Is(err, errChunk) {
					t.Fatalf("with bit %d flipped: %v", bit, err)
				}
			}
			for length := range chunks[0] {
				if err := reader.reset(s, firsts[0], chunks[0][:length]); !errors.Is(err, errChunk) {
					t.Fatalf("of %d bytes: %v", length, err)
				}
			}
		})
	}
}

// FuzzChunk reads a chunk of any bytes whose checksum is right: what is none is an error, and
// what is found by its key is what a reader of all finds.
func FuzzChunk(f *testing.F) {
	for n, s := range shapes {
		if s.key == 0 {
			continue
		}
		key := strings.Repeat("k", s.key-1)
		all := map[string]string{}
		for i := range 5 {
			size := s.value
			if size == varies {
				size = i % 2
			}
			all[key+string(rune('a'+i))] = strings.Repeat("v", size)
		}
		firsts, chunks := chunksOf(f, s, true, all)
		f.Add(uint8(n), firsts[0], chunks[0][sumSize:])
	}
	f.Fuzz(func(t *testing.T, n uint8, first, body []byte) {
		defer fuzztest.Within(t, len(first)+len(body), fuzztest.Cost{Bytes: 1 << 20, Each: 64})()
		s, isPacked := (bucket(n) % bucketCount).packed()
		if !isPacked {
			return
		}
		sum := chunkSum(first, body)
		chunk := append([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}, body...)
		var all table
		if err := all.reset(s, first, chunk); err != nil {
			if !errors.Is(err, errChunk) {
				t.Fatal(err)
			}
			return
		}
		failed := all.all()
		if failed != nil && !errors.Is(failed, errChunk) {
			t.Fatal(failed)
		}
		for i := range all.len() {
			v, err := s.find(first, body, all.keyOf(i))
			if failed == nil && (err != nil || v == nil || !bytes.Equal(v, all.valueOf(i))) {
				t.Fatalf("entry %d: got %x, %v, want %x", i, v, err, all.valueOf(i))
			}
		}
	})
}
