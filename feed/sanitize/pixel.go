package sanitize

import "strings"

// isPixel reports whether the picture now read only counts readers: it shows
// nothing, or its file is named for that and nothing is said about it. Structure
// tells, and no list of hosts: that would be out of date at once.
func (r *reader) isPixel(address string) bool {
	if r.isInvisible() {
		return true
	}
	if r.rawValue("alt") != "" || r.has("width") || r.has("height") {
		return false
	}
	path, _, query := strings.Cut(address, "?")
	file := path[strings.LastIndexByte(path, '/')+1:]
	name, _, ending := strings.Cut(file, ".")
	switch strings.ToLower(name) {
	case "1x1", "beacon", "blank", "counter", "pixel", "px", "rss-pixel", "spacer", "tracker", "tracking", "tracking-pixel", "transparent":
		return ending || query // else it is a page's name
	case "b", "clear", "count", "dot", "open", "pix", "t", "tr", "track", "trans":
		return query // else it may well be somebody's picture
	}
	return false
}

// isInvisible reports whether the picture or frame now read has no size to see.
func (r *reader) isInvisible() bool {
	return r.has("hidden") || isHiddenBy(r.rawValue("style")) || isTiny(r.rawValue("width")) || isTiny(r.rawValue("height"))
}

// isTiny reads a length of HTML: "1", "0px", " 1.0 ".
func isTiny(length string) bool {
	length = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(length)), "px")
	whole, rest, _ := strings.Cut(strings.TrimSpace(length), ".")
	if whole == "" || strings.Trim(rest, "0123456789") != "" {
		return false
	}
	whole = strings.TrimLeft(whole, "0")
	return whole == "" || whole == "1"
}

// isHiddenBy looks for the ways to hide an element by its style.
func isHiddenBy(style string) bool {
	tiny := 0 // of width and height; a narrow player may well be stretched by min-width
	for rule := range strings.SplitSeq(style, ";") {
		name, value, _ := strings.Cut(rule, ":")
		value, _, _ = strings.Cut(strings.ToLower(value), "!") // of "!important"
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "display":
			if value == "none" {
				return true
			}
		case "visibility":
			if value == "hidden" {
				return true
			}
		case "width", "height":
			if isTiny(value) {
				tiny++
			}
		}
	}
	return tiny > 1
}
