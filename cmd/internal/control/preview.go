package control

import (
	"time"

	"sluice/feed"
)

// PreviewRequest asks what an output holds, and what another configuration would make
// of it.
type PreviewRequest struct {
	Output string    `json:"output"`
	With   *Proposal `json:"with,omitempty"` // nil: nothing is compared
}

// Proposal is of another configuration what decides about the entries of an output. How
// sources are polled is no part of it, nor are their secrets: of an address there is the
// fingerprint alone.
type Proposal struct {
	Output  *ProposedOutput  `json:"output"` // nil: it has no such output
	Sources []ProposedSource `json:"sources"`
}

// ProposedSource is a source of the output of a Proposal.
type ProposedSource struct {
	Name      feed.SourceID   `json:"name"`
	Was       []feed.SourceID `json:"was,omitempty"`
	ByAddress bool            `json:"by_address,omitempty"` // see feed.Source
	Address   uint64          `json:"address"`              // its feed.Fingerprint
	Title     string          `json:"title,omitempty"`
	Tags      []string        `json:"tags,omitempty"`
	Keep      Rule            `json:"keep"`
}

// ProposedOutput is the output of a Proposal, which may have another name now.
type ProposedOutput struct {
	feed.Output

	Keep Rule
}

// Rule is a rule with all that it says, and as it may be shown where that is another
// text. Without a text it keeps everything.
type Rule struct {
	Text  string `json:"text,omitempty"`
	Shown string `json:"shown,omitempty"`
}

// Previewed is the answer to a PreviewRequest.
type Previewed struct {
	Preview

	// With is what the output is called in the other configuration, where that is
	// another name. Has and Had say in which of both it is.
	With string `json:"with,omitempty"`
	Had  bool   `json:"had"`
	Has  bool   `json:"has"`
	// Unknown are the sources of the output, of the other configuration where there is
	// one, of which nothing was ever stored.
	Unknown []feed.SourceID `json:"unknown,omitempty"`
	// Warnings say what has no answer for some articles, under the other configuration
	// where there is one.
	Warnings []string `json:"warnings,omitempty"`
}

// Preview is what "preview --json" prints. Its lists are never null, but for the last
// two, which are left out where they say nothing.
type Preview struct {
	Output  string         `json:"output"`
	Entries []PreviewEntry `json:"entries"` // that the output holds now, newest first
	Enter   []PreviewEntry `json:"enter"`
	Leave   []PreviewEntry `json:"leave"`

	Change []PreviewChange `json:"change,omitempty"` // that stay and say something else
	Move   []PreviewMove   `json:"move,omitempty"`   // that stay and stand elsewhere among these
}

// PreviewEntry is an entry without secrets.
type PreviewEntry struct {
	ID        string        `json:"id"`
	Title     string        `json:"title"`
	URL       string        `json:"url"`
	Source    feed.SourceID `json:"source"`    // of the article shown
	Published *time.Time    `json:"published"` // null where no format can say it
}

// PreviewChange is an entry as it would be.
type PreviewChange struct {
	PreviewEntry

	What []string `json:"what"`          // title, address, source, text, others
	Was  string   `json:"was,omitempty"` // its title now, where that would be another
}

// PreviewMove is an entry as it would be, and its places in the document, from 1.
type PreviewMove struct {
	PreviewEntry

	From int `json:"from"`
	To   int `json:"to"`
}

// NewPreviewEntry puts an entry into words; title, url and source are those of the
// article shown, and have no secrets any more.
func NewPreviewEntry(id, title, url string, source feed.SourceID, published time.Time) PreviewEntry {
	e := PreviewEntry{ID: id, Title: title, URL: url, Source: source}
	if year := published.UTC().Year(); year >= 0 && year <= 9999 { // as RFC 3339 can write
		e.Published = when(published)
	}
	return e
}
