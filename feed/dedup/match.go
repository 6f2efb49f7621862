package dedup

import (
	"net/url"
	"strings"

	"sluice/feed"
	"sluice/feed/sanitize"
)

// Match returns the number of the article that an item is, of those which its
// source brought before and which the store holds under the item's marks, in
// their order; 0 if it is none of them. The only errors are those of Load.
func Match(it Item, found []Known) (uint64, error) {
	badURL := addressContested(it, found)
	for _, k := range found {
		same, err := k.is(it, badURL)
		if err != nil {
			return 0, err
		}
		if same {
			return k.Seq, nil
		}
	}
	return 0, nil
}

// addressContested reports whether the item's address is known to name several
// articles of its source.
func addressContested(it Item, found []Known) bool {
	for _, m := range it.Shared {
		if m.Kind == KindURL {
			return true
		}
	}
	for _, k := range found {
		if k.Mark.Kind == KindURL && k.Shared {
			return true
		}
	}
	return false
}

// is decides for one article by the kind of evidence that led to it.
func (k Known) is(it Item, badURL bool) (bool, error) {
	if it.Trusted && !k.Shared {
		return true, nil
	}
	switch k.Mark.Kind {
	case KindGUID:
		if !k.Shared {
			return true, nil // whatever else the publisher changed
		}
		return k.agrees(it, badURL)
	case KindPath:
		return k.isByPath(it, badURL)
	case KindURL:
		return k.isByURL(it)
	}
	return !k.Shared || k.Digest.Real == it.Digest.Real, nil
}

// isByPath decides for guids that are the same address but for scheme, host and
// fragment. A site that moves to https keeps its articles; a planet whose blogs
// all count "/?p=1" must not lose any.
func (k Known) isByPath(it Item, badURL bool) (bool, error) {
	if !k.Shared {
		known, err := k.Load()
		if err != nil {
			return false, err
		}
		if sameSite(it.Article.GUID, known.GUID) {
			return true, nil
		}
	}
	return k.agrees(it, badURL)
}

// sameSite reports whether two guids that are addresses with the same path are
// of one host and differ in scheme, www. or a revision counter at most.
func sameSite(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil {
		return false
	}
	v, err := url.Parse(b)
	if err != nil {
		return false
	}
	host := func(u *url.URL) string { return strings.TrimPrefix(strings.ToLower(u.Host), "www.") }
	return host(u) == host(v) && (u.Fragment == v.Fragment || counter(u.Fragment) && counter(v.Fragment))
}

// counter reports whether a fragment counts revisions ("#0", "#3"), as the BBC's
// guids do; longer numbers are anchors of comments and posts.
func counter(fragment string) bool {
	return len(fragment) <= 3 && strings.Trim(fragment, "0123456789") == ""
}

// isByURL decides for articles of one address. Where the guid is another one,
// the publisher may have changed it, or put another text at a fixed address.
func (k Known) isByURL(it Item) (bool, error) {
	otherGUID := k.Digest.GUID != 0 && it.Digest.GUID != 0 && k.Digest.GUID != it.Digest.GUID
	switch {
	case k.Shared && otherGUID:
		return false, nil
	case k.Shared:
		known, err := k.Load()
		if err != nil {
			return false, err
		}
		was, is := textOf(known.Article), textOf(it.Article)
		return alike(was, is) || (was == "" || is == "") && equal(k.Digest.Title, it.Digest.Title), nil
	case otherGUID && k.Digest.Real != it.Digest.Real:
		return k.sameText(it)
	}
	return true, nil
}

// sameText compares what is said, for articles of one address.
func (k Known) sameText(it Item) (bool, error) {
	known, err := k.Load()
	if err != nil {
		return false, err
	}
	published := !known.Published.IsZero() && known.Published.Equal(it.Article.Published)
	was, is := textOf(known.Article), textOf(it.Article)
	if published || alike(was, is) {
		return true, nil
	}
	// The same title alone may be that of a column: then the dates differ.
	undated := known.Published.IsZero() || it.Article.Published.IsZero()
	return equal(k.Digest.Title, it.Digest.Title) && (undated || was == "" || is == ""), nil
}

// agrees looks for a second piece of evidence beside a weak one: the address, or
// title and text together.
func (k Known) agrees(it Item, badURL bool) (bool, error) {
	switch {
	case k.Digest.Real == it.Digest.Real:
		return true, nil
	case !badURL && equal(k.Digest.URL, it.Digest.URL):
		return true, nil
	case !equal(k.Digest.Title, it.Digest.Title):
		return false, nil
	}
	known, err := k.Load()
	if err != nil {
		return false, err
	}
	was, is := textOf(known.Article), textOf(it.Article)
	if was == "" || is == "" {
		return known.Published.Equal(it.Article.Published), nil
	}
	return alike(was, is), nil
}

func textOf(a feed.Article) string { return sanitize.TextOf(a.Body()) }
