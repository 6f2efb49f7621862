package bolt

import (
	"errors"
	"fmt"
	"slices"
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
