package control

import (
	"context"
	"time"

	"sluice/storage"
)

// Contents is what is in a store, or in a copy of it.
type Contents struct {
	Store    string     `json:"store"` // its path, as it may be shown
	Articles int        `json:"articles"`
	Sources  int        `json:"sources"`
	Bytes    int64      `json:"bytes"`
	Polled   *time.Time `json:"polled"` // the last poll that it knows of; null: none
}

// NewContents puts contents into words.
func NewContents(path string, c storage.Contents) Contents {
	return Contents{Store: path, Articles: c.Articles, Sources: c.Sources, Bytes: c.Bytes, Polled: when(c.Polled)}
}

// Verified is what came of a look at the whole store.
type Verified struct {
	Contents          // of a store that is sound
	Faults   []string `json:"faults,omitempty"` // none of a store that is sound
	More     bool     `json:"more,omitempty"`   // there are faults that are not named
}

// Verify has the daemon read its whole store; see Daemon. It ends with the context.
func (c *Client) Verify(ctx context.Context) (Verified, error) {
	return call[Verified](ctx, c, "verify", nil, nil)
}

// Compacted is what a store took on disk, in bytes, and takes now.
type Compacted struct {
	Store  string `json:"store"` // its path, as it may be shown
	Before int64  `json:"before"`
	After  int64  `json:"after"`
}

// Compact has the daemon make its store smaller; see Daemon.
func (c *Client) Compact(ctx context.Context) (Compacted, error) {
	return call[Compacted](ctx, c, "compact", nil, nil)
}
