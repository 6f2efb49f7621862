package bolt

import (
	"bytes"

	"go.etcd.io/bbolt"
)

// walk is a place in a packed bucket. Keys that it returns are its own until it moves;
// values last as long as the transaction. After a nil key err says whether that was the
// end or damage. A change of the bucket ends it.
type walk struct {
	in     bucket
	chunks *bbolt.Cursor
	table  table
	at     int // of the table's entries
	err    error
}

func (t *txn) walk(n bucket) *walk { return &walk{in: n, chunks: t.bucket(n).Cursor()} }

// walker returns the transaction's one walk of a bucket, for look-ups that do not nest.
func (t *txn) walker(n bucket) *walk {
	if t.walks[n] == nil {
		t.walks[n] = t.walk(n)
	}
	return t.walks[n]
}

// enter begins a chunk.
func (w *walk) enter(first, chunk []byte) bool {
	w.at = 0
	if first == nil {
		return false
	}
	return w.is(w.table.reset(shapes[w.in], first, chunk))
}

// is notes an error; true: there is none.
func (w *walk) is(err error) bool {
	if err != nil && w.err == nil {
		w.err = brokenChunk(w.in, err)
	}
	return w.err == nil
}

func (w *walk) entry() (k, v []byte) { return w.table.keyOf(w.at), w.table.valueOf(w.at) }

// seek moves to the first key that is not below the given one.
func (w *walk) seek(key []byte) (k, v []byte) {
	if w.err != nil {
		return nil, nil
	}
	first, chunk := w.chunks.Seek(key)
	if !bytes.Equal(first, key) || first == nil {
		if first, chunk = w.step(first); first == nil {
			first, chunk = w.chunks.First()
		}
	}
	if !w.enter(first, chunk) {
		return nil, nil
	}
	k, v = w.entry()
	for k != nil && bytes.Compare(k, key) < 0 {
		k, v = w.next()
	}
	return k, v
}

// before moves to the last key below the given one; of nil to the last of all.
func (w *walk) before(key []byte) (k, v []byte) {
	if w.err != nil {
		return nil, nil
	}
	at := []byte(nil)
	if key != nil {
		at, _ = w.chunks.Seek(key)
	}
	if !w.enter(w.step(at)) {
		return nil, nil
	}
	for key == nil || bytes.Compare(w.table.keyOf(w.table.len()-1), key) < 0 {
		w.at = w.table.len() - 1
		more, err := w.table.more()
		if !w.is(err) {
			return nil, nil
		}
		if !more {
			break
		}
	}
	return w.entry()
}

// firstWith moves to the first key that begins with the prefix, from where on there is only
// the way up; nil: there is none, which most who ask find out without making a key.
func (w *walk) firstWith(prefix []byte) (k, v []byte) {
	if w.err != nil {
		return nil, nil
	}
	if len(prefix) == 0 {
		return w.seek(prefix)
	}
	at, _ := w.chunks.Seek(prefix)
	first, chunk := w.step(at)
	if first != nil {
		found, err := w.table.resetAt(shapes[w.in], first, chunk, prefix)
		if w.at = 0; !w.is(err) {
			return nil, nil
		}
		if found {
			return w.entry()
		}
	}
	if at == nil || !bytes.HasPrefix(at, prefix) {
		return nil, nil
	}
	if first, chunk = w.chunks.Seek(prefix); !w.enter(first, chunk) {
		return nil, nil
	}
	return w.entry()
}

// step moves to the chunk before that with a key, where the cursor stands; nil: to the last.
func (w *walk) step(from []byte) (first, chunk []byte) {
	if from == nil {
		return lastOf(w.chunks)
	}
	return back(w.chunks, from)
}

// downFrom calls f with the entries whose keys begin with the prefix, from the last down,
// until it returns false. The end is above all of these.
func (w *walk) downFrom(end, prefix []byte, f func(k, v []byte) (more bool, err error)) error {
	at, _ := w.chunks.Seek(end)
	for first, chunk := w.step(at); first != nil; first, chunk = w.step(first) {
		found, err := w.table.resetAt(shapes[w.in], first, chunk, prefix)
		n := 0
		for found && err == nil && bytes.HasPrefix(w.table.keyOf(n), prefix) {
			n++
			found, err = w.table.more()
		}
		if err != nil {
			return brokenChunk(w.in, err)
		}
		for i := n - 1; i >= 0; i-- {
			if more, err := f(w.table.keyOf(i), w.table.valueOf(i)); err != nil || !more {
				return err
			}
		}
		if !bytes.HasPrefix(first, prefix) {
			return nil // what is before it does not begin so, either
		}
	}
	return nil
}

// next moves to the key after this.
func (w *walk) next() (k, v []byte) {
	if w.err != nil {
		return nil, nil
	}
	if w.at++; w.at == w.table.len() {
		more, err := w.table.more()
		if !w.is(err) || !more && !w.enter(w.chunks.Next()) {
			return nil, nil
		}
	}
	return w.entry()
}

// prev moves to the key before this.
func (w *walk) prev() (k, v []byte) {
	if w.err != nil {
		return nil, nil
	}
	if w.at--; w.at < 0 {
		if !w.enter(w.step(w.table.keyOf(0))) || !w.is(w.table.all()) {
			return nil, nil
		}
		w.at = w.table.len() - 1
	}
	return w.entry()
}
