package bolt

import (
	"bytes"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// Packed buckets have their entries in chunks; see there. What reads and writes them sees
// keys in order, as in the others.

// packed returns how the entries of a bucket look, if it is packed.
func (n bucket) packed() (shape, bool) { return shapes[n], shapes[n].key > 0 }

// chunkOf returns the chunk that has a key, if any has: the last that begins with it or
// before it; nil: there is none. The bucket's cursor stands there.
func (t *txn) chunkOf(n bucket, key []byte) (first, chunk []byte) {
	c := t.cursor(n)
	k, v := c.Seek(key)
	switch {
	case k == nil:
		return lastOf(c)
	case !bytes.Equal(k, key):
		return back(c, k)
	}
	return k, v
}

// back moves a cursor down from the key where it stands. bbolt says that there is nothing
// also before a page whose keys were all deleted in the transaction.
func back(c *bbolt.Cursor, from []byte) (k, v []byte) {
	if k, v = c.Prev(); k != nil {
		return k, v
	}
	if first, _ := c.Bucket().Cursor().First(); first == nil || bytes.Compare(first, from) >= 0 {
		return nil, nil
	}
	for k == nil {
		k, v = c.Prev()
	}
	return k, v
}

// lastOf moves a cursor to the last key. bbolt does not come back where all keys of all
// pages were deleted in the transaction.
func lastOf(c *bbolt.Cursor) (k, v []byte) {
	if k, _ = c.First(); k == nil {
		return nil, nil
	}
	return c.Last()
}

// find returns the value of a key; nil: it is not there.
func (t *txn) find(n bucket, key []byte) ([]byte, error) {
	s, isPacked := n.packed()
	if !isPacked {
		return t.get(n, key), nil
	}
	first, chunk := t.chunkOf(n, key)
	if first == nil {
		return nil, nil
	}
	body, err := s.open(first, chunk)
	if err == nil {
		chunk, err = s.find(first, body, key)
	}
	if err != nil {
		return nil, brokenChunk(n, err)
	}
	return chunk, nil
}

// brokenChunk is the error for a chunk that cannot be read.
func brokenChunk(n bucket, err error) error {
	if errors.Is(err, errChunk) {
		return damaged("bucket %s: %v", bucketNames[n], err)
	}
	return fmt.Errorf("bucket %s: %w", bucketNames[n], err)
}

// pack puts entries of a packed bucket, in the order of their keys: those of one chunk at
// once.
func (t *txn) pack(n bucket, all []entry) error {
	for len(all) > 0 {
		first, chunk := t.chunkOf(n, all[0].key)
		if first == nil {
			first, chunk = t.cursor(n).First()
		}
		some := len(all)
		if first != nil {
			if next, _ := t.cursor(n).Next(); next != nil {
				some = upTo(all, next)
			}
		}
		if err := t.packInto(n, first, chunk, all[:some]); err != nil {
			return err
		}
		all = all[some:]
	}
	return nil
}

// upTo is how many entries there are below a key, or 1.
func upTo(all []entry, key []byte) int {
	n := 1
	for n < len(all) && bytes.Compare(all[n].key, key) < 0 {
		n++
	}
	return n
}

// packInto puts entries into a chunk; first is nil where there is none.
func (t *txn) packInto(n bucket, first, chunk []byte, all []entry) error {
	p, atEnd := &t.packer, true
	p.reset(shapes[n])
	old := &t.old
	var err error
	if first == nil {
		for _, e := range all {
			if err := p.add(e.key, e.value); err != nil {
				return brokenChunk(n, err)
			}
		}
	} else if err = old.reset(shapes[n], first, chunk); err == nil {
		atEnd, err = p.merge(old, all)
	}
	if err != nil {
		return brokenChunk(n, err)
	}
	return t.repack(n, first, atEnd)
}

// repack puts what the packer has in place of a chunk.
func (t *txn) repack(n bucket, first []byte, atEnd bool) error {
	p := &t.packer
	if first != nil && (len(p.values) == 0 || !bytes.Equal(first, p.keyOf(0))) {
		if err := t.deleteKey(n, first); err != nil {
			return err
		}
	}
	return p.chunks(atEnd, func(first, chunk []byte) error { return t.putKey(n, first, chunk) })
}

// unpack deletes a key of a packed bucket. What is left of its chunk goes to the one after
// it when both together are no more than a half of one.
func (t *txn) unpack(n bucket, key []byte) error {
	first, chunk := t.chunkOf(n, key)
	if first == nil {
		return nil
	}
	p, old := &t.packer, &t.old
	p.reset(shapes[n])
	err := old.reset(shapes[n], first, chunk)
	if err == nil {
		err = old.all()
	}
	found := false
	for i := 0; err == nil && i < old.len(); i++ {
		if bytes.Equal(old.keyOf(i), key) {
			found = true
			continue
		}
		err = p.add(old.keyOf(i), old.valueOf(i))
	}
	if err != nil {
		return brokenChunk(n, err)
	}
	if !found {
		return nil
	}
	if next, more := t.cursor(n).Next(); next != nil && len(p.values) > 0 && p.size+len(next)+len(more) <= fullChunk/2 {
		next = bytes.Clone(next)
		if err := old.reset(shapes[n], next, more); err != nil {
			return brokenChunk(n, err)
		}
		if _, err := p.merge(old, nil); err != nil {
			return brokenChunk(n, err)
		}
		if err := t.deleteKey(n, next); err != nil {
			return err
		}
	}
	return t.repack(n, first, true)
}

// scanPacked is scan of a packed bucket.
func (t *txn) scanPacked(n bucket, prefix []byte, f func(k, v []byte) error) error {
	w := t.walker(n)
	t.walks[n] = nil // f may walk, too
	defer func() { t.walks[n] = w }()
	for k, v := w.firstWith(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = w.next() {
		if t.ended != nil {
			if err := t.ended(); err != nil {
				return err
			}
		}
		if err := f(k, v); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return w.err
}

// checkPacked sees that the chunks of a packed bucket are as they were written, and follow
// each other.
func (t *txn) checkPacked(n bucket) error {
	last := []byte(nil)
	w := t.walk(n)
	for k, _ := w.seek(nil); k != nil; k, _ = w.next() {
		if t.ended != nil {
			if err := t.ended(); err != nil {
				return err
			}
		}
		if last != nil && bytes.Compare(last, k) >= 0 {
			return damaged("bucket %s: keys out of order", bucketNames[n])
		}
		last = append(last[:0], k...)
	}
	return w.err
}
