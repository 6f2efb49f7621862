package bolt

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"slices"

	"sluice/feed"
	"sluice/feed/dedup/near"
	"sluice/storage/record"
)

// sketches finds what a new article may be a copy of: the roots of stories, and what
// was one until its story became a part of another. Copies are never compared, so that
// copies of copies do not lead from one text to another. It is a cache of bucket
// sketches, loaded when it is first needed, and is the writer's alone.
type sketches struct {
	index  *near.Index // nil: not loaded
	newest uint32      // the day of the newest root
}

// sketchDays is for how many days roots are surely found. No copy is accepted that
// comes more than four days after its root.
const sketchDays = 5

// sketchSum is the size of the checksum at the end of a sketch. It covers the key, too.
const sketchSum = 4

func sketchKey(day uint32, identity uint64) []byte {
	return binary.BigEndian.AppendUint64(u32(day), identity)
}

func encodeSketch(key []byte, s near.Sketch) ([]byte, error) {
	b, err := s.AppendBinary(make([]byte, 0, near.MaxSketchBytes+sketchSum))
	if err != nil {
		return nil, err
	}
	return binary.BigEndian.AppendUint32(b, sketchChecksum(key, b)), nil
}

func sketchChecksum(key, value []byte) uint32 {
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Checksum(key, table), table, value)
}

// decodeSketch reads an entry; its sketch is written over what is given. One that
// another version wrote wraps near.ErrSketch.
func decodeSketch(k, v []byte, into near.Sketch) (near.Entry, error) {
	if len(k) != 12 || len(v) < sketchSum {
		return near.Entry{}, damaged("sketch of %d and %d bytes", len(k), len(v))
	}
	body, sum := v[:len(v)-sketchSum], binary.BigEndian.Uint32(v[len(v)-sketchSum:])
	if sum != sketchChecksum(k, body) {
		return near.Entry{}, damaged("sketch with a wrong checksum")
	}
	s, err := near.AppendParse(into[:0], body)
	return near.Entry{ID: binary.BigEndian.Uint64(k[4:]), Day: binary.BigEndian.Uint32(k), Sketch: s}, err
}

// loaded returns the index as of a day, which it loads if need be: also where the
// clock was ahead, and what is of the present was forgotten for it.
func (s *Store) loaded(t *txn, today uint32) (*near.Index, error) {
	if s.sketches.index != nil && s.sketches.newest <= today+1 {
		return s.sketches.index, nil
	}
	if t.bucket(bSketches).Sequence() == 0 {
		if err := s.sketchAll(t); err != nil {
			return nil, fmt.Errorf("sketches of before: %w", err)
		}
	}
	before := s.sketches
	t.undo(func() { s.sketches = before })
	newest := t.newestSketch(today)
	s.sketches = sketches{index: near.NewIndex(sketchDays, t.countSketches(newest)), newest: newest}
	var err error
	s.sketches.index.AddAll(s.entries(t, oldestSketch(newest), newest, &err))
	return s.sketches.index, err
}

// countSketches returns how many sketches an index holds of as many days as it has
// room for: the more of the last such days and of those before.
func (t *txn) countSketches(newest uint32) int {
	last, before := 0, 0
	c := t.bucket(bSketches).Cursor()
	for k, _ := c.Seek(u32(oldestSketch(newest))); len(k) > 4; k, _ = c.Next() {
		if binary.BigEndian.Uint32(k)/sketchDays == newest/sketchDays {
			last++
		} else {
			before++
		}
	}
	return max(last, before)
}

// newestSketch is the last day that has sketches, and is not ahead of today.
func (t *txn) newestSketch(today uint32) uint32 {
	if k, _ := before(t.cursor(bSketches), u32(today+2)); len(k) > 4 {
		return binary.BigEndian.Uint32(k)
	}
	return 0
}

// oldestSketch is the first day of which an index holds what it was given, when the
// newest of all is of the given day.
func oldestSketch(newest uint32) uint32 {
	return max(newest/sketchDays, 1)*sketchDays - sketchDays
}

// entries are the sketches of some days. Those that another version wrote are made
// again. An error ends them and is left in failed.
func (s *Store) entries(t *txn, from, to uint32, failed *error) iter.Seq[near.Entry] {
	return func(yield func(near.Entry) bool) {
		var buffer near.Sketch
		c := t.bucket(bSketches).Cursor()
		for k, v := c.Seek(u32(from)); k != nil && bytes.Compare(k, u32(to+1)) < 0; k, v = c.Next() {
			e, err := decodeSketch(k, v, buffer)
			if errors.Is(err, near.ErrSketch) {
				e.Sketch, err = s.sketchOf(t, e.ID)
			}
			buffer = e.Sketch
			if err != nil {
				*failed = err
				return
			}
			if !yield(e) {
				return
			}
		}
	}
}

// sketchOf makes the sketch of a stored article; that of one that is gone says
// nothing.
func (s *Store) sketchOf(t *txn, seq uint64) (near.Sketch, error) {
	doc, err := s.docOf(t, seq)
	if errors.Is(err, feed.ErrNoArticle) {
		return nil, nil
	}
	return doc.Sketch(), err
}

func (s *Store) docOf(t *txn, seq uint64) (near.Doc, error) {
	a, err := s.load(t, seq)
	if err != nil {
		return near.Doc{}, err
	}
	return near.Prepare(a.Title, a.Body()), nil
}

// sketchAll enters what a store holds that is older than its sketches: the articles
// of the last days as roots, so that copies of them are found, and their titles.
func (s *Store) sketchAll(t *txn) error {
	var heads []record.Head
	c := t.bucket(bHeads).Cursor()
	for k, v := c.Last(); k != nil; k, v = c.Prev() {
		h, err := t.decodeHead(binary.BigEndian.Uint64(k), v)
		if err != nil {
			return err
		}
		if len(heads) > 0 && dayOf(h.Stored.FirstSeen) < oldestSketch(dayOf(heads[0].Stored.FirstSeen)) {
			break
		}
		heads = append(heads, h)
	}
	slices.Reverse(heads)
	for _, h := range heads {
		if err := t.noteTitle(h.Source, h.Digest.Title, dayOf(h.Stored.FirstSeen)); err != nil {
			return err
		}
		if h.Stored.Identity != h.Stored.Seq {
			continue
		}
		sketch, err := s.sketchOf(t, h.Stored.Seq)
		if err != nil {
			return err
		}
		if err := t.putSketch(dayOf(h.Stored.FirstSeen), h.Stored.Seq, sketch); err != nil {
			return err
		}
	}
	return t.bucket(bSketches).SetSequence(1)
}

func (t *txn) putSketch(day uint32, identity uint64, sketch near.Sketch) error {
	k := sketchKey(day, identity)
	v, err := encodeSketch(k, sketch)
	if err != nil {
		return fmt.Errorf("sketch of article %d: %w", identity, err)
	}
	return t.put(bSketches, k, v)
}

// enrol makes an identity one that new articles may be copies of.
func (s *Store) enrol(t *txn, identity uint64, day uint32, sketch near.Sketch) error {
	if err := t.putSketch(day, identity, sketch); err != nil {
		return err
	}
	if s.sketches.index == nil {
		return nil // it will be loaded with the others
	}
	was := s.sketches
	s.sketches.index.Add(identity, day, sketch)
	s.sketches.newest = max(was.newest, day)
	t.undo(func() {
		if day > was.newest {
			was = sketches{} // a new day may have had others forgotten: load them again
		} else {
			was.index.Remove(identity, day, sketch)
		}
		s.sketches = was
	})
	return t.expireSketches(oldestSketch(day))
}

// dismiss takes back enrol. It reports whether the identity was enrolled.
func (s *Store) dismiss(t *txn, identity uint64, day uint32) (bool, error) {
	k := sketchKey(day, identity)
	v := t.get(bSketches, k)
	if v == nil {
		return false, nil
	}
	e, err := decodeSketch(k, v, nil)
	if errors.Is(err, near.ErrSketch) {
		e.Sketch, err = s.sketchOf(t, identity)
	}
	if err != nil {
		return false, err
	}
	if index := s.sketches.index; index != nil {
		index.Remove(identity, day, e.Sketch)
		t.undo(func() { index.Add(identity, day, e.Sketch) })
	}
	return true, t.delete(bSketches, k)
}

// resketch has an article found by what it says now, if it is found at all.
func (s *Store) resketch(t *txn, a feed.Stored) error {
	day := dayOf(a.FirstSeen)
	was, err := s.dismiss(t, a.Seq, day)
	if err != nil || !was {
		return err
	}
	return s.enrol(t, a.Seq, day, near.Prepare(a.Title, a.Body()).Sketch())
}

// elect has identities compared that are roots now, if others of their days still are.
func (s *Store) elect(t *txn, identities ...uint64) error {
	for _, identity := range identities {
		a, err := s.load(t, identity)
		if errors.Is(err, feed.ErrNoArticle) {
			continue // its first article is gone, and others of it are not compared
		}
		if err != nil {
			return err
		}
		day := dayOf(a.FirstSeen)
		oldest, _ := t.cursor(bSketches).First()
		if len(oldest) < 4 || day < binary.BigEndian.Uint32(oldest) || t.get(bSketches, sketchKey(day, identity)) != nil {
			continue
		}
		if err := s.enrol(t, identity, day, near.Prepare(a.Title, a.Body()).Sketch()); err != nil {
			return err
		}
	}
	return nil
}

// expiry is how many sketches are dropped at most when one comes: more than come.
const expiry = 4

// expireSketches drops sketches of before a day, which no index loads any more.
func (t *txn) expireSketches(day uint32) error {
	for range expiry {
		k, _ := t.cursor(bSketches).First()
		if len(k) < 4 || binary.BigEndian.Uint32(k) >= day {
			return nil
		}
		if err := t.delete(bSketches, bytes.Clone(k)); err != nil {
			return err
		}
	}
	return nil
}

// titleKey is where it is kept how often a source has had a title.
func titleKey(num uint32, title uint64) []byte {
	return binary.BigEndian.AppendUint64(u32(num), title)
}

// recurrence returns on which days a source had a title.
func (t *txn) recurrence(num uint32, title uint64) (near.Recurrence, error) {
	if title == 0 {
		return near.Recurrence{}, nil
	}
	v, err := t.find(bTitles, titleKey(num, title))
	if v == nil || err != nil {
		return near.Recurrence{}, err
	}
	day, n := binary.Uvarint(v)
	if n <= 0 {
		return near.Recurrence{}, damaged("days of a title")
	}
	days, m := binary.Uvarint(v[n:])
	if m <= 0 || n+m != len(v) {
		return near.Recurrence{}, damaged("days of a title")
	}
	return near.Recurrence{Day: uint32(day), Days: uint32(days)}, nil
}

// noteTitle says that a source brought a new article of that title.
func (t *txn) noteTitle(num uint32, title uint64, day uint32) error {
	if title == 0 {
		return nil
	}
	was, err := t.recurrence(num, title)
	if err != nil {
		return err
	}
	is := was.Note(day)
	if is == was {
		return nil
	}
	v := binary.AppendUvarint(binary.AppendUvarint(nil, uint64(is.Day)), uint64(is.Days))
	return t.put(bTitles, titleKey(num, title), v)
}
