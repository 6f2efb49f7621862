// Package sanitize makes what publishers send safe to show: HTML that runs
// nothing and breaks out of nothing, and text that every XML reader accepts.
//
// Two filters that do not trust each other see every fragment. A reader and a
// writer of our own decide what is meant and write it anew: allowed elements and
// attributes alone, addresses resolved, tags nested so that a browser builds
// exactly the tree that they show. bluemonday, a reviewed library, then judges the
// markup that was written by its own reading of the allow-list, and only what it would
// leave as it is goes out. Which fields are HTML, and which address is their base,
// is the caller's knowledge.
package sanitize

import (
	"html"
	"net/url"
	"strings"
)

// Version counts the changes of what HTML lets through. Articles remember the
// version that cleaned them, so that older ones can be cleaned again.
const Version = 2

// The bounds of a sanitised fragment, as a browser's tree would have it. Text
// is never cut: beyond a bound only its markup is lost.
const (
	MaxDepth = 100
	MaxNodes = 10_000
)

// HTML returns the fragment as safe HTML: allowed elements and attributes, with
// addresses that are absolute and of the schemes http, https and mailto. Tags
// are balanced, nested at most MaxDepth deep and form at most MaxNodes nodes.
// Passing a result through again changes nothing.
func HTML(fragment string) string {
	return Resolve(fragment, nil)
}

// Resolve is HTML for a fragment whose relative addresses belong to base
// (RFC 3986, section 5). With a nil base relative addresses are dropped.
func Resolve(fragment string, base *url.URL) string {
	fragment = Plain(fragment)
	if strings.IndexByte(fragment, '<') < 0 {
		if strings.IndexByte(fragment, '&') < 0 {
			return escapeText(fragment)
		}
		return escapeText(html.UnescapeString(fragment))
	}
	w := newWriter(base, len(fragment))
	read(fragment, w)
	if safe := w.String(); passes(safe) {
		return safe
	}
	return escapeText(Text(fragment)) // no markup rather than markup in doubt
}
