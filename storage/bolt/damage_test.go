//go:build linux

package bolt_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"sluice/feed"
	"sluice/feed/fuzztest"
	"sluice/storage"
	"sluice/storage/bolt"

	"github.com/google/go-cmp/cmp"
)

// TestDamageIsAnErrorAndNeverAPanic damages a store in many ways. Whatever is
// done to it, either an error says so or nothing that is read has changed.
func TestDamageIsAnErrorAndNeverAPanic(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1)) // which looks at all that damage made of pointers
	whole, err := os.ReadFile(filled(t, 60))
	if err != nil {
		t.Fatal(err)
	}
	const page = 8192
	pages := len(whole) / page
	random := rand.New(rand.NewPCG(1, 2))
	damages := map[string]func(b []byte) []byte{}
	for n := 2; n < pages; n++ {
		damages[fmt.Sprintf("page %d is all ones", n)] = func(b []byte) []byte {
			for i := range page {
				b[n*page+i] = 0xff
			}
			return b
		}
		damages[fmt.Sprintf("page %d is zero", n)] = func(b []byte) []byte {
			clear(b[n*page : (n+1)*page])
			return b
		}
	}
	for range 60 {
		at, bit := random.IntN(len(whole)), random.IntN(8)
		damages[fmt.Sprintf("bit %d of byte %d is flipped", bit, at)] = func(b []byte) []byte {
			b[at] ^= 1 << bit
			return b
		}
	}
	for _, part := range []int{2, 3, 4, 10} {
		damages[fmt.Sprintf("a %dth is left", part)] = func(b []byte) []byte { return b[:len(b)/part/page*page] }
	}
	damages["a page is missing"] = func(b []byte) []byte { return b[:len(b)-page] }
	damages["both meta pages are ones"] = func(b []byte) []byte {
		for i := range 2 * page {
			b[i] = 0xff
		}
		return b
	}
	want := wholeContent(t, whole)
	found := 0
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sluice.db")
			if err := os.WriteFile(path, damage(append([]byte(nil), whole...)), 0o600); err != nil {
				t.Fatal(err)
			}
			if useDamaged(t, path, want) {
				found++
			}
		})
	}
	if found < len(damages)/3 { // many pages are free, and may be anything
		t.Errorf("%d of %d damages were found", found, len(damages))
	}
}

// TestALengthThatIsDamagedCostsNoMemory has keys and values that claim to be longer than
// the whole store: whoever reads does not make room for them before he looks.
func TestALengthThatIsDamagedCostsNoMemory(t *testing.T) {
	whole, err := os.ReadFile(filled(t, 60))
	if err != nil {
		t.Fatal(err)
	}
	const page, leaf, head = 8192, 2, 16
	found := 0
	for n := 2; n < len(whole)/page; n++ {
		if binary.LittleEndian.Uint16(whole[n*page+8:]) != leaf {
			continue
		}
		for length, at := range map[string]int{"key": 8, "value": 12} {
			t.Run(fmt.Sprintf("the first %s of page %d", length, n), func(t *testing.T) {
				b := bytes.Clone(whole)
				binary.LittleEndian.PutUint32(b[n*page+head+at:], 256<<20)
				path := filepath.Join(t.TempDir(), "sluice.db")
				if err := os.WriteFile(path, b, 0o600); err != nil {
					t.Fatal(err)
				}
				defer fuzztest.Within(t, 0, fuzztest.Cost{Time: time.Minute, Bytes: 64 << 20})()
				if readDamaged(t, path) {
					found++
				}
			})
		}
	}
	if found == 0 {
		t.Error("no damage was found")
	}
}

// TestAnEntryThatClaimsToBeABucketIsDamage has the first element of each leaf say so.
func TestAnEntryThatClaimsToBeABucketIsDamage(t *testing.T) {
	whole, err := os.ReadFile(filled(t, 60))
	if err != nil {
		t.Fatal(err)
	}
	want := wholeContent(t, whole)
	const page, leaf, head = 8192, 2, 16
	for n := 2; n < len(whole)/page; n++ {
		if binary.LittleEndian.Uint16(whole[n*page+8:]) != leaf {
			continue
		}
		t.Run(fmt.Sprintf("page %d", n), func(t *testing.T) {
			b := bytes.Clone(whole)
			b[n*page+head] ^= 1
			path := filepath.Join(t.TempDir(), "sluice.db")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			useDamaged(t, path, want)
		})
	}
}

// readDamaged reads a store and reports whether it said that it is damaged.
func readDamaged(t *testing.T, path string) bool {
	t.Helper()
	s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true, InitialMmap: 16 << 20})
	if err == nil {
		_, err = content(t.Context(), s)
		err = errors.Join(s.Verify(t.Context()), err, s.Close())
	}
	if err != nil && !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("%v, want ErrDamaged", err)
	}
	return err != nil
}

func wholeContent(t *testing.T, file []byte) []feed.Stored {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sluice.db")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	all, err := content(t.Context(), s)
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return all
}

// useDamaged reads and writes a store and reports whether it said that it is
// damaged.
func useDamaged(t *testing.T, path string, want []feed.Stored) bool {
	t.Helper()
	s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true, InitialMmap: 16 << 20})
	if err != nil {
		if !errors.Is(err, storage.ErrDamaged) && !errors.Is(err, storage.ErrEmpty) {
			t.Errorf("open: %v, want ErrDamaged", err)
		}
		return true
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	verified := s.Verify(t.Context())
	if verified != nil && !errors.Is(verified, storage.ErrDamaged) {
		t.Errorf("verify: %v, want ErrDamaged", verified)
	}
	all, err := content(t.Context(), s)
	switch {
	case err != nil && !errors.Is(err, storage.ErrDamaged) && !errors.Is(err, feed.ErrNoArticle):
		t.Errorf("read: %v, want ErrDamaged", err)
	case verified == nil && err != nil:
		t.Errorf("verify found nothing, and reading gave %v", err)
	case verified == nil:
		if d := cmp.Diff(all, want); d != "" {
			t.Errorf("verify found nothing, and articles changed:\n%s", d)
		}
	}
	for _, err := range s.Newest(t.Context(), storage.Query{Sources: []feed.SourceID{"a", "b"}}) {
		if err != nil && !errors.Is(err, storage.ErrDamaged) {
			t.Errorf("walk: %v, want ErrDamaged", err)
		}
	}
	if _, err := poll(t.Context(), s, "a", start.Add(999*time.Hour), article("a", 5000), article("a", 3)); err != nil &&
		!errors.Is(err, storage.ErrDamaged) && !errors.Is(err, storage.ErrFailed) && !errors.Is(err, storage.ErrNoSource) {
		t.Errorf("write: %v", err)
	}
	return verified != nil
}

// cut is a store that is open, most of whose file is gone.
func cut(t *testing.T) *bolt.Store {
	t.Helper()
	path := filled(t, 200)
	s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 32<<10); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAFileCutUnderTheRunningStoreIsAnError(t *testing.T) {
	s := cut(t)
	if _, err := content(t.Context(), s); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("read: got %v, want ErrDamaged", err)
	}
	if err := s.Verify(t.Context()); !errors.Is(err, storage.ErrDamaged) {
		t.Errorf("verify: got %v, want ErrDamaged", err)
	}
	if _, err := poll(t.Context(), s, "a", start.Add(time.Hour), article("a", 1)); err == nil {
		t.Error("a write into the cut file was acknowledged")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Whoever reads beyond the end of a file that was cut ends it for all: a daemon whose
// sources are not due would serve what it has and be well for as long as it runs.
func TestAReadBeyondTheEndOfTheFileFailsTheStore(t *testing.T) {
	s := cut(t)
	_, read := content(t.Context(), s)
	failed := s.Failed(t.Context())
	if !errors.Is(failed, storage.ErrFailed) || !errors.Is(failed, storage.ErrDamaged) || !errors.Is(read, failed) {
		t.Errorf("read: %v; failed: %v", read, failed)
	}
	if text := failed.Error(); !strings.Contains(text, "bytes are missing") || strings.Count(text, "restore a backup") != 1 {
		t.Errorf("got %q, want what is missing and what to do, once", text)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Damage is told with what to do, whatever it is, and once.
func TestDamageIsToldWithWhatToDo(t *testing.T) {
	path := filled(t, 200)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for n := 2; n < len(b)/8192; n += 3 {
		spoiled := bytes.Clone(b)
		spoiled[n*8192+5000] ^= 0xff // in a value, or where nothing is
		if err := os.WriteFile(path, spoiled, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := bolt.Open(t.Context(), path, bolt.Options{NoSync: true})
		if err == nil {
			_, err = content(t.Context(), s)
			if closed := s.Close(); closed != nil {
				t.Error(closed)
			}
		}
		if err == nil {
			continue
		}
		told++
		if !errors.Is(err, storage.ErrDamaged) || strings.Count(err.Error(), "restore a backup") != 1 {
			t.Errorf("page %d: got %q, want damage and what to do", n, err)
		}
	}
	if told == 0 {
		t.Error("nobody noticed")
	}
}
