package parse

import "fmt"

// counter counts what is limited.
type counter struct {
	elements, items int
	retried         int    // bytes that were read again
	around, places  int    // bytes of start tags that are read again for items in another place, and those places
	foreign         int    // names beyond ASCII
	scopes          int    // namespace bindings that gofeed copies
	extras          [2]int // elements beside the texts: of the feed, of the item being read
	text            int    // bytes that gofeed copies when it joins pieces of text
}

// The bounds of gofeed's copying, which grows with the product of two sizes
// that are each within the contract's limits.
const (
	maxScopes = 5_000_000
	maxJoined = 256 << 20
)

// maxExtras is how many elements beside its texts gofeed sees of an item, and of
// the feed: it keeps each at a hundred times its shortest form.
const maxExtras = 2000

// attributesOfOne is how many attributes cost as much as an element.
const attributesOfOne = 10

// maxTagsAround bounds the start tags around items: they are read again for each
// part of a large document.
const maxTagsAround = 64 << 10

// maxPlaces bounds the channels of a document: gofeed begins anew for each.
const maxPlaces = 1000

// tooMany returns an error when a document has too many items.
func tooMany(items int) error {
	if items > MaxItems {
		return fmt.Errorf("more than %d items: %w", MaxItems, ErrLimit)
	}
	return nil
}

// maxInherited is how many authors of a feed each item gets that names none.
const maxInherited = 20

// maxRetries is how often the bytes of a document may be read again, on average,
// because what they begin turned out to be nothing.
const maxRetries = 16

// retry counts bytes that are read again.
func (c *counter) retry(n, size int) error {
	if c.retried += n; c.retried > maxRetries*size {
		return fmt.Errorf("too many tags begin within others: %w", ErrLimit)
	}
	return nil
}
