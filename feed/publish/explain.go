package publish

import "sluice/feed"

// Explanation says why an article is in an output, out of it, or merged in it. Nothing
// of it holds a secret of a source that it was made with.
type Explanation struct {
	Output  string
	Article feed.Stored // without texts

	// In says that a subscriber can see the article: it is an entry of the document, or
	// an entry names it.
	In     bool
	Reason string // one line for people
	// Rule is the key that decided, with its expression where it has one: "from",
	// "keep: …", "keep of source NAME: …", "window", "limit", "per_source" or "dedup: …".
	// Empty where nothing but the order had a say.
	Rule string

	// Entry is the id of the entry that stands for the article, also where that is not in
	// the document; empty where none does.
	Entry string
	// Place is where that entry stands in the document, from 1; 0: it is not there.
	Place int

	// Story is the story of the article, as stored: also those of its articles that the
	// output has not. Under DedupArticle it is what subscribers are shown as one, and
	// more. Articles have no texts.
	Story feed.Story
	// Hows says of each of Story.Articles, in their order, by what it came to be of the
	// story: empty for the first.
	Hows []feed.How
}
