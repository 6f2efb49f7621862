// Package sanitize makes what publishers send safe to show: HTML that runs
// nothing and breaks out of nothing, and text that every XML reader accepts.
//
// Fragments pass two filters that do not trust each other. bluemonday, a
// reviewed library, decides which elements and attributes may pass. A writer of
// our own then resolves addresses and nests tags strictly, so that a browser
// builds exactly the tree that the tags show. Which fields are HTML, and which
// address is their base, is the caller's knowledge.
package sanitize

import (
	"html"
	"net/url"
	"strings"
)

// Version counts the changes of what HTML lets through. Articles remember the
// version that cleaned them, so that older ones can be cleaned again.
const Version = 1

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
	w.fragment(policy().Sanitize(fragment))
	return w.String()
}
