package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sluice/storage"
)

func TestFaultsAreNamedOneByOneUpToABound(t *testing.T) {
	for keys, tc := range map[int]struct {
		named int
		more  bool
	}{
		1: {1, false}, maxFaults: {maxFaults, false}, maxFaults + 1: {maxFaults, true},
	} {
		t.Run(fmt.Sprint(keys), func(t *testing.T) {
			s := openTest(t)
			if err := s.Verify(t.Context()); err != nil {
				t.Fatal(err)
			}
			strays := &job{done: make(chan error, 1), apply: func(tx *txn) error {
				for i := range keys {
					if err := tx.put(bIdentity, pairKey(1, uint64(i+2)), nil); err != nil {
						return err
					}
				}
				return nil
			}}
			s.commit([]*job{strays})
			if err := <-strays.done; err != nil {
				t.Fatal(err)
			}
			err := s.Verify(t.Context())
			wrong, ok := errors.AsType[*storage.FaultsError](err)
			if !ok || !errors.Is(err, storage.ErrDamaged) || !errors.Is(err, wrong.Faults[0]) {
				t.Fatalf("got %v", err)
			}
			var texts []string
			for _, fault := range wrong.Faults {
				texts = append(texts, fault.Error())
			}
			slices.Sort(texts)
			if n := len(slices.Compact(texts)); n != tc.named || wrong.More != tc.more {
				t.Errorf("%d different faults, more: %v; want %d, %v: %v", n, wrong.More, tc.named, tc.more, err)
			}
		})
	}
}

// What becomes of a page is on the list of free pages alone, which nothing else shows.
func TestPagesThatAreLostOrInTwoPlacesAreFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(list []byte) // which has a header, then a number a page
		want   string
	}{
		"as it is": {func([]byte) {}, ""},
		"one is not on the list": {func(list []byte) {
			binary.NativeEndian.PutUint16(list[10:], binary.NativeEndian.Uint16(list[10:])-1)
		}, "1 of "},
		"one is on it that is in use": {func(list []byte) {
			binary.NativeEndian.PutUint64(list[headerSize:], 0)
		}, "page 0 is in two places"},
		"one is on it that is none": {func(list []byte) {
			binary.NativeEndian.PutUint64(list[headerSize:], 1<<40)
		}, "is beyond the last"},
		"it is longer than its page": {func(list []byte) {
			binary.NativeEndian.PutUint16(list[10:], manyFree-1)
		}, "is no list of free pages"},
		"it is said to have very many": {func(list []byte) {
			binary.NativeEndian.PutUint16(list[10:], manyFree)
			binary.NativeEndian.PutUint64(list[headerSize:], 1<<63)
		}, "is no list of free pages"},
		"it is another page": {func(list []byte) { list[0]++ }, "says that it is page"},
	} {
		t.Run(name, func(t *testing.T) {
			s := openTest(t)
			for i := range 5 {
				if err := s.Keep(t.Context(), "o", make([]byte, 50_000*(5-i))); err != nil {
					t.Fatal(err)
				}
			}
			err := s.view(t.Context(), func(tx *txn) error {
				l, err := layoutOf(tx.tx)
				if err != nil {
					return err
				}
				list := make([]byte, pageSize)
				at := int64(l.free) * pageSize
				if _, err := s.file().ReadAt(list, at); err != nil {
					return err
				}
				if n := binary.NativeEndian.Uint16(list[10:]); n < 2 {
					return fmt.Errorf("%d pages are free: the test shows nothing", n)
				}
				tc.change(list)
				_, err = s.file().WriteAt(list, at)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			err = s.Verify(t.Context())
			if tc.want == "" && err != nil || tc.want != "" && (!errors.Is(err, storage.ErrDamaged) || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}
