package publish

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/bits"
	"slices"
	"time"

	"sluice/feed"

	"github.com/klauspost/compress/zstd"
)

// maxPacked bounds the documents that are kept for a start: larger ones are built again.
const maxPacked = 32 << 20

// packWindow is how far back a packed document repeats itself at most: formats of 1 MiB each
// repeat the texts of the one before.
const packWindow = 2 << 20

// ErrStale says that a document was not made of what is configured and published now.
var ErrStale = errors.New("document is of before")

// packed is a document as it is kept.
type packed struct {
	Stamp    [sha256.Size]byte
	Modified time.Time
	Older    int
	Dynamic  bool
	Hubs     []string
	Entries  []Entry
	Bodies   [3][]byte // RSS, Atom, JSON Feed
	Types    [3]string
}

// Stamp is a digest of all that a document is made of beside articles: one of the same
// stamp is what was published last, and nothing that shapes it has changed since.
func (o Output) Stamp(infos map[feed.SourceID]SourceInfo, site Site, pub feed.Publication) (sum [sha256.Size]byte) {
	h := sha256.New()
	enc := json.NewEncoder(h) // strings, numbers and times always encode, and a digest takes all
	_ = enc.Encode([]any{o.Output, ruleText(o.keep), site, pub.ID, pub.Digest, pub.Modified, pub.Since})
	for _, id := range slices.Sorted(maps.Keys(infos)) {
		info := infos[id]
		_ = enc.Encode([]any{id, ruleText(o.keeps[id]), info.Title, info.ID, info.URL, info.Site, info.Tags, info.Language, info.Hide.Sum()})
	}
	copy(sum[:], h.Sum(nil))
	return sum
}

// Pack returns a document in the form in which it is kept for a start, with the stamp of
// what it was made of; nil where it is too large to be worth it.
func (d *Document) Pack(stamp [sha256.Size]byte) ([]byte, error) {
	p := packed{Stamp: stamp, Modified: d.Modified, Older: d.Older, Dynamic: d.Dynamic, Hubs: d.Hubs, Entries: d.Entries}
	size := 0
	for i, r := range []*Representation{&d.RSS, &d.Atom, &d.JSON} {
		p.Bodies[i], p.Types[i] = r.Body, r.ContentType
		size += len(r.Body)
	}
	if size > maxPacked {
		return nil, nil
	}
	var plain bytes.Buffer
	plain.Grow(size + size/8) // what entries are beside their texts
	if err := gob.NewEncoder(&plain).Encode(p); err != nil {
		return nil, fmt.Errorf("pack %s: %w", d.Name, err)
	}
	// A window of the usual size would take 8 MiB each minute, for half a megabyte.
	window := min(max(1<<bits.Len(uint(plain.Len())), zstd.MinWindowSize), packWindow)
	z, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest),
		zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", d.Name, err)
	}
	return z.EncodeAll(plain.Bytes(), nil), nil
}

// Unpack returns the document of an output that Pack was given, the same bytes under the
// same tags. One of another stamp is ErrStale.
func Unpack(name string, kept []byte, stamp [sha256.Size]byte) (*Document, error) {
	fail := func(err error) (*Document, error) { return nil, fmt.Errorf("unpack %s: %w", name, err) }
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(2*maxPacked))
	if err != nil {
		return fail(err)
	}
	defer z.Close()
	plain, err := z.DecodeAll(kept, nil)
	if err != nil {
		return fail(err)
	}
	var p packed
	if err := gob.NewDecoder(bytes.NewReader(plain)).Decode(&p); err != nil {
		return fail(err)
	}
	if p.Stamp != stamp {
		return fail(ErrStale)
	}
	d := &Document{Name: name, Modified: p.Modified, Older: p.Older, Dynamic: p.Dynamic, Hubs: p.Hubs, Entries: p.Entries}
	for i, r := range []*Representation{&d.RSS, &d.Atom, &d.JSON} {
		if *r, err = Represent(p.Types[i], p.Bodies[i]); err != nil {
			return fail(err)
		}
	}
	return d, nil
}
