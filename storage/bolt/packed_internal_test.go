package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"sluice/storage"

	"pgregory.net/rapid"
)

// TestAPackedBucketIsAMapInOrder puts, deletes and walks, and compares with a map.
func TestAPackedBucketIsAMapInOrder(t *testing.T) {
	s := openTest(t)
	rapid.Check(t, func(t *rapid.T) {
		all := map[string]string{}
		n := rapid.SampledFrom([]bucket{bSeen, bDatedBy, bAliases, bCross, bIDs, bTitles}).Draw(t, "bucket")
		sh := shapes[n]
		for range rapid.IntRange(1, 6).Draw(t, "transactions") {
			added := rapid.MapOfN(keys(sh), values(sh), 0, 150).Draw(t, "added")
			gone := rapid.SliceOfN(keys(sh), 0, 150).Draw(t, "gone")
			if rapid.Bool().Draw(t, "there") {
				gone = append(gone, some(t, slices.Sorted(maps.Keys(all)))...)
			}
			oneByOne := rapid.Bool().Draw(t, "one by one")
			err := s.update(t.Context(), func(tx *txn) error {
				for _, k := range gone {
					if err := tx.delete(n, []byte(k)); err != nil {
						return err
					}
				}
				for k, v := range added {
					if !oneByOne {
						tx.putLater(n, []byte(k), []byte(v))
					} else if err := tx.put(n, []byte(k), []byte(v)); err != nil {
						return err
					}
				}
				return tx.flush()
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, k := range gone {
				delete(all, k)
			}
			maps.Copy(all, added)
			asks := rapid.SliceOfN(keys(sh), 1, 30).Draw(t, "asked")
			err = s.view(t.Context(), func(tx *txn) error { return isLike(tx, n, all, asks) })
			if err != nil {
				t.Fatal(err)
			}
		}
		err := s.update(t.Context(), func(tx *txn) error {
			for k := range all {
				if err := tx.delete(n, []byte(k)); err != nil {
					return err
				}
			}
			if k, _ := tx.bucket(n).Cursor().First(); k != nil {
				return errors.New("a chunk is left that has nothing")
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// some draws a run of keys.
func some(t *rapid.T, all []string) []string {
	from := rapid.IntRange(0, len(all)).Draw(t, "from")
	return all[from:rapid.IntRange(from, len(all)).Draw(t, "to")]
}

// isLike compares all that can be asked of a packed bucket with a map.
func isLike(tx *txn, n bucket, all map[string]string, asks []string) error {
	sorted := slices.Sorted(maps.Keys(all))
	i := 0
	err := tx.scan(n, nil, func(k, v []byte) error {
		if i >= len(sorted) || string(k) != sorted[i] || string(v) != all[sorted[i]] {
			return fmt.Errorf("entry %d is %x: %x", i, k, v)
		}
		i++
		return nil
	})
	if err != nil || i != len(sorted) {
		return fmt.Errorf("%d of %d entries, %w", i, len(sorted), err)
	}
	back := tx.walk(n)
	for k, v := back.before(nil); k != nil; k, v = back.prev() {
		if i--; i < 0 || string(k) != sorted[i] || string(v) != all[sorted[i]] {
			return fmt.Errorf("backwards, entry %d is %x: %x", i, k, v)
		}
	}
	if i != 0 || back.err != nil {
		return fmt.Errorf("backwards, %d are left, %w", i, back.err)
	}
	for _, ask := range asks {
		at, there := slices.BinarySearch(sorted, ask)
		v, err := tx.find(n, []byte(ask))
		if err != nil || (v != nil) != there || string(v) != all[ask] {
			return fmt.Errorf("under %x there is %x, %w", ask, v, err)
		}
		w := tx.walker(n)
		k, _ := w.before([]byte(ask))
		if at == 0 && k != nil || at > 0 && string(k) != sorted[at-1] {
			return fmt.Errorf("before %x is %x", ask, k)
		}
		if at > 1 {
			if k, _ = w.prev(); string(k) != sorted[at-2] {
				return fmt.Errorf("two before %x is %x", ask, k)
			}
			k, _ = w.next()
			if string(k) != sorted[at-1] {
				return fmt.Errorf("after that is %x", k)
			}
		}
		k, _ = w.seek([]byte(ask))
		if at == len(sorted) && k != nil || at < len(sorted) && string(k) != sorted[at] {
			return fmt.Errorf("from %x on there is %x", ask, k)
		}
		prefix := ask[:len(ask)/2]
		want, got, last := 0, 0, ""
		for _, k := range sorted {
			if strings.HasPrefix(k, prefix) {
				want++
				last = k
			}
		}
		end := prefix + strings.Repeat("\xff", len(ask)-len(prefix)+1)
		down := want
		err = w.downFrom([]byte(end), []byte(prefix), func(k, v []byte) (bool, error) {
			if down == want && string(k) != last || string(v) != all[string(k)] || !strings.HasPrefix(string(k), prefix) {
				return false, fmt.Errorf("the last with %x is %x: %x, want %x", prefix, k, v, last)
			}
			down--
			return true, nil
		})
		if err != nil || down != 0 {
			return fmt.Errorf("%d are left with %x, %w", down, prefix, err)
		}
		err = tx.scan(n, []byte(prefix), func(_, _ []byte) error { got++; return nil })
		if err != nil || got != want {
			return fmt.Errorf("%d of %d begin with %x, %w", got, want, prefix, err)
		}
	}
	return tx.checkPacked(n)
}

// bbolt leaves pages in place all of whose keys were deleted in the transaction, and its
// cursors stumble over them.
func TestPagesThatWereEmptiedInATransactionHideNothing(t *testing.T) {
	for name, emptied := range map[string]func(i int) bool{
		"in the middle":    func(i int) bool { return i > 500 && i < 5500 },
		"at the beginning": func(i int) bool { return i < 5500 },
		"at the end":       func(i int) bool { return i > 500 },
		"all":              func(int) bool { return true },
		"most of all":      func(i int) bool { return i%1000 != 7 },
	} {
		t.Run(name, func(t *testing.T) {
			s := openTest(t)
			all := map[string]string{}
			err := s.update(t.Context(), func(tx *txn) error {
				for i := range 6000 {
					k := string(u64(uint64(i) << 32))
					all[k] = k
					tx.putLater(bIDs, []byte(k), []byte(k))
				}
				return tx.flush()
			})
			if err != nil {
				t.Fatal(err)
			}
			err = s.update(t.Context(), func(tx *txn) error {
				var asks []string
				for i := range 6000 {
					k := u64(uint64(i) << 32)
					if i%300 == 0 {
						asks = append(asks, string(k), string(u64(uint64(i)<<32+1)))
					}
					if !emptied(i) {
						continue
					}
					if err := tx.delete(bIDs, k); err != nil {
						return err
					}
					delete(all, string(k))
				}
				if err := isLike(tx, bIDs, all, asks); err != nil {
					return err
				}
				for i := 0; i < 6000; i += 450 {
					k := string(u64(uint64(i)<<32 + 5))
					all[k] = k
					if err := tx.put(bIDs, []byte(k), []byte(k)); err != nil {
						return err
					}
				}
				return isLike(tx, bIDs, all, asks)
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.view(t.Context(), func(tx *txn) error { return isLike(tx, bIDs, all, []string{string(u64(7))}) }); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// What is deleted one by one leaves no crumbs: chunks that are nearly empty are joined.
func TestChunksThatLostMostOfTheirEntriesAreJoined(t *testing.T) {
	s := openTest(t)
	err := s.update(t.Context(), func(tx *txn) error {
		for i := range uint64(2000) {
			tx.putLater(bIDs, u64(i*0x9e3779b97f4a7c15), u64(i))
		}
		if err := tx.flush(); err != nil {
			return err
		}
		for i := range uint64(2000) {
			if i%20 != 0 {
				if err := tx.delete(bIDs, u64(i*0x9e3779b97f4a7c15)); err != nil {
					return err
				}
			}
		}
		chunks := 0
		c := tx.bucket(bIDs).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			chunks++
		}
		if chunks > 20 {
			t.Errorf("%d chunks for 100 entries", chunks)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestADamagedChunkIsToldByWhoeverReadsIt changes each packed bucket's first chunk.
func TestADamagedChunkIsToldByWhoeverReadsIt(t *testing.T) {
	for n := range bucketCount {
		sh, isPacked := n.packed()
		if !isPacked {
			continue
		}
		t.Run(bucketNames[n], func(t *testing.T) {
			s := openTest(t)
			key, value := bytes.Repeat([]byte{7}, sh.key), make([]byte, max(sh.value, 1))
			if sh.value == 0 {
				value = nil
			}
			err := s.update(t.Context(), func(tx *txn) error {
				if err := tx.put(n, key, value); err != nil {
					return err
				}
				_, chunk := tx.chunkOf(n, key)
				chunk = bytes.Clone(chunk)
				chunk[len(chunk)-1] ^= 1
				return tx.putKey(n, key, chunk)
			})
			if err != nil {
				t.Fatal(err)
			}
			reads := map[string]func(tx *txn) error{
				"find":    func(tx *txn) error { _, err := tx.find(n, key); return err },
				"scan":    func(tx *txn) error { return tx.scan(n, nil, func(_, _ []byte) error { return nil }) },
				"seek":    func(tx *txn) error { w := tx.walk(n); w.seek(key); w.next(); return w.err },
				"before":  func(tx *txn) error { w := tx.walk(n); w.before(nil); w.prev(); return w.err },
				"put":     func(tx *txn) error { return tx.put(n, key, value) },
				"delete":  func(tx *txn) error { return tx.delete(n, key) },
				"another": func(tx *txn) error { return tx.put(n, bytes.Repeat([]byte{8}, sh.key), value) },
			}
			for name, read := range reads {
				if err := s.update(t.Context(), read); !errors.Is(err, storage.ErrDamaged) || !strings.Contains(err.Error(), bucketNames[n]) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if err := s.Verify(t.Context()); !errors.Is(err, storage.ErrDamaged) || !strings.Contains(err.Error(), "checksum") {
				t.Errorf("verify: %v", err)
			}
		})
	}
}
