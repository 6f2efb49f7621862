//go:build linux

package bolt_test

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/fuzztest"
	"sluice/storage"
	"sluice/storage/bolt"
)

const fuzzPage = 8192 // bytes of a page of the stores that are damaged

// The ways to damage a store, by what a damage begins with.
const (
	flips  = iota // bits of a byte
	writes        // a number of eight bytes
	copies        // a page over another
	cuts          // the file's end
	ways
)

// FuzzOpen opens a store that was damaged as the input says: by damages of eleven bytes
// each, a way, a place and a number. An odd first byte has the sums of the meta pages made
// right again, as no disk does by chance: what they say must not be believed either.
// Whatever is done, what cannot be read is an error: no panic, no fault, no hang.
func FuzzOpen(f *testing.F) {
	whole, err := os.ReadFile(filled(f, 40))
	if err != nil {
		f.Fatal(err)
	}
	damage := func(way byte, at uint16, page uint16, n uint64) []byte {
		b := binary.LittleEndian.AppendUint16([]byte{way}, page)
		return binary.LittleEndian.AppendUint64(b, n<<16|uint64(at))
	}
	f.Add([]byte{0})
	for _, at := range []uint16{16, 20, 24, 28, 32, 40, 48, 56, 64} { // all that a meta page says
		for _, n := range []uint64{0, 5, 1 << 20, 1 << 47} {
			f.Add(append([]byte{1}, append(damage(writes, at, 0, n), damage(writes, at, 1, n)...)...))
		}
	}
	for page := range uint16(len(whole) / fuzzPage) {
		for _, at := range []uint16{0, 8, 16} { // the head of a page and its first element
			f.Add(append([]byte{0}, damage(writes, at, page, 0xffff)...))
			f.Add(append([]byte{0}, damage(flips, at, page, 4)...))
		}
		f.Add(append([]byte{0}, damage(copies, page/2+1, page, 0)...))
		f.Add(append([]byte{0}, damage(cuts, 0, page, 0)...))
	}
	f.Fuzz(func(t *testing.T, plan []byte) {
		defer fuzztest.Within(t, len(plan), fuzztest.Cost{})() // memory: see useWhatOpens
		if len(plan) == 0 || len(plan) > 1+11*16 {
			return
		}
		path := filepath.Join(t.TempDir(), "sluice.db")
		if err := os.WriteFile(path, damagedBy(whole, plan), 0o600); err != nil {
			t.Fatal(err)
		}
		useWhatOpens(t, path)
	})
}

// damagedBy is a store damaged by a plan; see FuzzOpen.
func damagedBy(whole, plan []byte) []byte {
	b := append([]byte(nil), whole...)
	for rest := plan[1:]; len(rest) >= 11; rest = rest[11:] {
		page := int(binary.LittleEndian.Uint16(rest[1:])) % (len(whole) / fuzzPage)
		number := binary.LittleEndian.Uint64(rest[3:])
		at := page*fuzzPage + int(number&0xffff)%(fuzzPage-8)
		number >>= 16
		if at+8 > len(b) {
			continue // cut away before
		}
		switch rest[0] % ways {
		case flips:
			b[at] ^= byte(number)
		case writes:
			binary.LittleEndian.PutUint64(b[at:], number)
		case copies:
			from := at % (len(b) / fuzzPage) * fuzzPage
			copy(b[page*fuzzPage:min((page+1)*fuzzPage, len(b))], whole[from:])
		case cuts:
			b = b[:at]
		}
	}
	if plan[0]&1 == 1 {
		for page := 0; page < 2*fuzzPage && page+80 <= len(b); page += fuzzPage {
			sum := fnv.New64a()
			_, _ = sum.Write(b[page+16 : page+72])
			binary.LittleEndian.PutUint64(b[page+72:], sum.Sum64())
		}
	}
	return b
}

// useWhatOpens reads and writes all that a store lets, and allows no error but those that
// say what is the matter.
func useWhatOpens(t *testing.T, path string) {
	t.Helper()
	ctx := t.Context()
	// Whoever writes into a page that is damaged has bbolt make room for what it claims to hold.
	read := fuzztest.Within(t, 0, fuzztest.Cost{Bytes: 32 << 20})
	s, err := bolt.Open(ctx, path, bolt.Options{NoSync: true, InitialMmap: 16 << 20})
	if err != nil {
		read()
		if !errors.Is(err, storage.ErrDamaged) && !errors.Is(err, storage.ErrEmpty) && !errors.Is(err, storage.ErrNewer) {
			t.Errorf("open: %v, want ErrDamaged", err)
		}
		return
	}
	defer func() {
		if err := s.Close(); err != nil && !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("close: %v", err)
		}
	}()
	damaged := func(what string, err error, also ...error) {
		for _, allowed := range append(also, nil, storage.ErrDamaged, storage.ErrFailed) {
			if errors.Is(err, allowed) {
				return
			}
		}
		t.Errorf("%s: %v, want ErrDamaged", what, err)
	}
	damaged("verify", s.Verify(ctx))
	_, err = content(ctx, s)
	damaged("read", err, feed.ErrNoArticle)
	for _, err := range s.Newest(ctx, storage.Query{Sources: []feed.SourceID{"a", "b"}}) {
		damaged("walk", err)
	}
	read()
	_, err = s.SetSources(ctx, []feed.Source{source("a"), source("b")})
	damaged("configure", err)
	_, err = poll(ctx, s, "a", start.Add(999*time.Hour), article("a", 5000), article("a", 3))
	damaged("write", err, storage.ErrNoSource)
}
