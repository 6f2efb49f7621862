package bolt

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"time"

	"sluice/feed"
	"sluice/feed/dedup"
	"sluice/storage"

	"go.etcd.io/bbolt"
)

// schemaKey is the key in the bucket "meta" of the version of buckets and keys, in decimal.
const schemaKey = "schema"

// bucket numbers the buckets; bucketNames has their names on disk.
type bucket int

// The buckets. Numbers in keys are big-endian, so that keys sort as they do;
// times are microseconds, see appendTime. num is a source's number. Those that shapes has
// are packed.
const (
	bMeta      bucket = iota // schema -> version; the sequence says when the last copy was made
	bSources                 // name -> record of the source
	bNames                   // num(4) -> name
	bRenames                 // new name 0 old name -> nil: moves that the configuration asked for and got
	bHeads                   // seq(8) -> record of an article without texts
	bTexts                   // seq(8) -> record of its texts, unless they are in a block
	bSeen                    // place(8) seq(8) -> num(4)
	bDated                   // date(8) seq(8) -> num(4)
	bSeenBy                  // num(4) place(8) seq(8) -> nil
	bDatedBy                 // num(4) date(8) seq(8) -> nil
	bAliases                 // num(4) kind(1) sum(12) seq(8) -> day last seen with a flag
	bCross                   // kind(1) sum(12) seq(8) -> nil
	bIDs                     // first 8 bytes of sha256(id) -> seq(8)
	bIdentity                // identity(8) seq(8) -> nil, for articles that joined one
	bOutputs                 // name -> record of the publication
	bHubs                    // id of the callback -> record of the subscription
	bHosts                   // host -> record of what it asked for; the sequence is 1 once SetHosts was called
	bJoins                   // identity(8) -> record of how it joined a story; none of a story's root
	bStories                 // root(8) identity(8) -> nil, for identities that joined one
	bApart                   // identity(8) identity(8) -> nil, both ways: the operator said that they are two stories; the sequence counts what he mended
	bSketches                // day(4) identity(8) -> sketch, checksum(4), of stories' roots; the sequence is 1 once those of before were entered
	bTitles                  // num(4) title(8) -> last day and on how many days a new article had it
	bHistories               // id 0 archive(4) -> record of the archive; archive 0 -> record of the history
	bEvents                  // number in the order of telling(8) -> record of the event, with num
	bPings                   // name of an output 0 hub(8) -> record of the ping
	bDocuments               // id of the output -> record of a document
	bListed                  // num(4) -> record of what the source's last document had: articles, and items that need not be read again
	bGone                    // seq(8) -> record of an article that retention removed, as long as it has marks
	bGoneBy                  // num(4) seq(8) -> nil
	bBlocks                  // seq(8) of the first -> block of the texts of articles that came together
	bucketCount
)

var bucketNames = [bucketCount]string{
	"meta", "sources", "names", "renames", "heads", "texts", "seen", "dated", "seenby", "datedby",
	"aliases", "cross", "ids", "identity", "outputs", "hubs", "hosts",
	"joins", "stories", "apart", "sketches", "titles", "histories", "events", "pings", "documents", "listed", "gone", "goneby", "blocks",
}

// shapes are those of the packed buckets, see chunk.go: of which there is an entry or more for
// each article.
var shapes = [bucketCount]shape{
	bSeen: {16, 4}, bDated: {16, 4}, bSeenBy: {20, 0}, bDatedBy: {20, 0},
	bAliases: {aliasKeySize, varies}, bCross: {crossKeySize, 0}, bIDs: {8, 8}, bTitles: {12, varies},
}

// fill is how full bbolt leaves the pages of a bucket when it splits them: full
// where keys are appended. Elsewhere its default, a half, is best: full pages
// split again at the next key, and end up emptier.
var fill = [bucketCount]float64{bHeads: 1, bTexts: 1, bSeen: 0.9, bSketches: 1, bBlocks: 1, bListed: 0.9}

// bulky are the buckets in which what a long document brings stands together. bbolt puts a
// page that is split aside as it is, so that a half of each would stay empty for ever.
var bulky = [...]bucket{bDated, bSeenBy, bDatedBy, bAliases, bTitles}

// The pages of bulky buckets, from how many new articles of a document on, and how full.
const (
	manyNew  = 25
	bulkFill = 0.9
)

// fillBulk has the transaction leave the pages full in which many new articles of a document
// are entered.
func (t *txn) fillBulk() {
	for _, n := range bulky {
		t.bucket(n).FillPercent = bulkFill
	}
}

// makeSchema makes an empty store of today's version.
func makeSchema(tx *bbolt.Tx) error {
	for _, name := range bucketNames {
		if _, err := tx.CreateBucket([]byte(name)); err != nil {
			return err
		}
	}
	if err := countAll(tx); err != nil {
		return err
	}
	return putVersion(tx, len(steps)+1)
}

func putVersion(tx *bbolt.Tx, version int) error {
	return tx.Bucket([]byte(bucketNames[bMeta])).Put([]byte(schemaKey), []byte(strconv.Itoa(version)))
}

// schemaOf returns the version of a store, which is storage.ErrNewer above the one that is
// known.
func schemaOf(tx *bbolt.Tx, known int) (int, error) {
	meta := tx.Bucket([]byte(bucketNames[bMeta]))
	if meta == nil {
		return 0, damaged("not a store of sluice")
	}
	v, err := strconv.Atoi(string(meta.Get([]byte(schemaKey))))
	switch {
	case err != nil || v < 1:
		return 0, damaged("no schema version")
	case v > known:
		return v, fmt.Errorf("%w: schema %d, known up to %d; run the newer version", storage.ErrNewer, v, known)
	}
	return v, nil
}

// txn is a transaction with its buckets at hand. No byte slice of it may be
// used after its end.
type txn struct {
	tx       *bbolt.Tx
	file     *os.File // of a read
	buckets  [bucketCount]*bbolt.Bucket
	cursors  [bucketCount]*bbolt.Cursor
	walks    [bucketCount]*walk
	packer   packer
	old      table // a chunk whose entries go into the packer
	later    []entry
	ids      map[string]bool          // keys of bIDs among later
	names    map[uint32]feed.SourceID // looked up already
	undos    []func()
	ended    func() error // says that a walk is wanted no more; may be nil
	wrote    bool         // a key was put or deleted
	moves    []dueMove    // what is told of the order of due sources after the commit
	gathered gathered     // texts of new articles
	block    openBlock
	merge    merge // the delivery that is being merged: here, since each would be allocated
}

func newTxn(tx *bbolt.Tx) *txn {
	return &txn{tx: tx, names: map[uint32]feed.SourceID{}}
}

// undo has f run if the transaction fails: it takes back what was changed beside it.
// What was changed last is taken back first.
func (t *txn) undo(f func()) { t.undos = append(t.undos, f) }

func (t *txn) failed() {
	for _, f := range slices.Backward(t.undos) {
		f()
	}
}

func (t *txn) bucket(n bucket) *bbolt.Bucket {
	b := t.buckets[n]
	if b == nil {
		b = t.tx.Bucket([]byte(bucketNames[n]))
		if b == nil {
			panic("bucket " + bucketNames[n] + " is missing") // guard makes it ErrDamaged
		}
		if fill[n] > 0 {
			b.FillPercent = fill[n]
		}
		t.buckets[n] = b
	}
	return b
}

// cursor returns the transaction's one cursor of a bucket, for look-ups that do
// not nest: it is to be positioned before each use. That of a packed bucket goes from chunk
// to chunk.
func (t *txn) cursor(n bucket) *bbolt.Cursor {
	if t.cursors[n] == nil {
		t.cursors[n] = t.bucket(n).Cursor()
	}
	return t.cursors[n]
}

// before moves to the last key below the given one.
func before(c *bbolt.Cursor, key []byte) (k, v []byte) {
	if k, _ = c.Seek(key); k == nil {
		return lastOf(c)
	}
	return back(c, k)
}

// get returns the value of a key of a bucket that is not packed; nil: it is not there.
func (t *txn) get(n bucket, key []byte) []byte { return t.bucket(n).Get(key) }

func (t *txn) put(n bucket, key, value []byte) error {
	if _, isPacked := n.packed(); isPacked {
		return t.pack(n, []entry{{n, key, value}})
	}
	return t.putKey(n, key, value)
}

// putKey puts a key of bbolt's.
func (t *txn) putKey(n bucket, key, value []byte) error {
	t.wrote = true
	if err := t.bucket(n).Put(key, value); err != nil {
		return unwritten(n, err)
	}
	return nil
}

// entry is a key with its value, on its way into a bucket.
type entry struct {
	in         bucket
	key, value []byte
}

// putLater keeps an entry of a bucket whose keys do not rise until flush. One by
// one they would go into the middle of pages that bbolt divides only at the end:
// a document of fifty thousand items would take the square of that.
func (t *txn) putLater(n bucket, key, value []byte) {
	t.later = append(t.later, entry{n, key, value})
	if n == bIDs {
		if t.ids == nil {
			t.ids = map[string]bool{}
		}
		t.ids[string(key)] = true
	}
}

// flush puts what putLater kept, in the order of the keys.
func (t *txn) flush() error {
	slices.SortFunc(t.later, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.in, b.in), bytes.Compare(a.key, b.key))
	})
	for all := t.later; len(all) > 0; {
		n, some := all[0].in, 1
		for some < len(all) && all[some].in == n {
			some++
		}
		if err := t.putAll(n, all[:some]); err != nil {
			return err
		}
		all = all[some:]
	}
	t.later, t.ids = nil, nil
	return nil
}

// putAll puts entries of a bucket, in the order of their keys.
func (t *txn) putAll(n bucket, all []entry) error {
	if _, isPacked := n.packed(); isPacked {
		return t.pack(n, all)
	}
	for _, e := range all {
		if err := t.putKey(n, e.key, e.value); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) delete(n bucket, key []byte) error {
	if _, isPacked := n.packed(); isPacked {
		return t.unpack(n, key)
	}
	return t.deleteKey(n, key)
}

// deleteKey deletes a key of bbolt's.
func (t *txn) deleteKey(n bucket, key []byte) error {
	t.wrote = true
	if err := t.bucket(n).Delete(key); err != nil {
		return unwritten(n, err)
	}
	return nil
}

// errStop ends a walk early.
var errStop = errors.New("stop")

// scan calls f with the keys that begin with the prefix, in order, until it
// returns an error; errStop is none. A key that is too long is damage, and is not given
// to f, which would make room for a copy of whatever length is written there. The key is f's
// until it returns.
func (t *txn) scan(n bucket, prefix []byte, f func(k, v []byte) error) error {
	if _, isPacked := n.packed(); isPacked {
		return t.scanPacked(n, prefix, f)
	}
	c := t.bucket(n).Cursor()
	for k, v := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = c.Next() {
		if t.ended != nil {
			if err := t.ended(); err != nil {
				return err
			}
		}
		if len(k) > bbolt.MaxKeySize {
			return damaged("bucket %s: a key of %d bytes", bucketNames[n], len(k))
		}
		if err := f(k, v); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
	}
	return nil
}

func u32(v uint32) []byte { return binary.BigEndian.AppendUint32(nil, v) }
func u64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

// appendTime appends a time so that earlier times, also those before 1970 and
// the zero time, sort first.
func appendTime(b []byte, t time.Time) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro())^1<<63)
}

func timeKey(t time.Time, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(appendTime(make([]byte, 0, 16), t), seq)
}

func sourceTimeKey(num uint32, t time.Time, seq uint64) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 20), num)
	return binary.BigEndian.AppendUint64(appendTime(b, t), seq)
}

func pairKey(a, b uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(make([]byte, 0, 16), a), b)
}

const aliasKeySize = 4 + 1 + 12 + 8

func aliasKey(num uint32, m dedup.Mark, seq uint64) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, aliasKeySize), num)
	b = append(append(b, byte(m.Kind)), m.Sum[:]...)
	return binary.BigEndian.AppendUint64(b, seq)
}

const crossKeySize = 1 + 12 + 8

func crossPrefix(m dedup.Mark) []byte {
	return append(append(make([]byte, 0, crossKeySize), byte(m.Kind)), m.Sum[:]...)
}

// idKey is short: two ids of one key are told apart by the article itself, and
// the second of them is taken, so that an article gets another.
func idKey(id string) []byte {
	sum := sha256.Sum256([]byte(id))
	return sum[:8]
}
