package render_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is what JSON Feed 1.1 says of a member.
type kind func(f *faults, name string, v any)

var (
	feedMembers = map[string]kind{
		"version": exactly("https://jsonfeed.org/version/1.1"), "title": text, "home_page_url": address, "feed_url": address, "description": text,
		"user_comment": text, "next_url": address, "icon": address, "favicon": address, "authors": list(author), "language": tag, "expired": boolean,
		"hubs": list(object(map[string]kind{"type": text, "url": address}, "type", "url")), "items": list(nil),
	}
	itemMembers = map[string]kind{
		"id": text, "url": address, "external_url": address, "title": text, "content_html": anyText, "content_text": anyText, "summary": text,
		"image": address, "banner_image": address, "date_published": date, "date_modified": date, "authors": list(author), "tags": list(text),
		"language": tag, "attachments": list(object(map[string]kind{
			"url": address, "mime_type": mediaKind, "title": text, "size_in_bytes": number, "duration_in_seconds": number,
		}, "url", "mime_type")),
	}
	extensionName = regexp.MustCompile(`^_[a-zA-Z][^.]*$`)
)

// jsonFaults checks a document against what JSON Feed 1.1 says that it must be.
func jsonFaults(doc []byte) []string {
	f := &faults{where: "feed"}
	f.add(utf8.Valid(doc) && !bytes.HasPrefix(doc, []byte("\uFEFF")), "not UTF-8, or with a byte order mark")
	var all map[string]any
	if err := json.Unmarshal(doc, &all); err != nil {
		f.add(false, "%v", err)
		return f.list
	}
	f.members(all, feedMembers, "version", "title", "items")
	f.add(all["next_url"] == nil || all["next_url"] != all["feed_url"], "next_url is the feed itself")
	seen := map[any]bool{}
	items, _ := all["items"].([]any)
	for i, v := range items {
		f.where = "item " + strconv.Itoa(i+1)
		item, ok := v.(map[string]any)
		f.add(ok, "no object")
		f.members(item, itemMembers, "id")
		f.add(item["content_html"] != nil || item["content_text"] != nil, "no content")
		f.add(!seen[item["id"]], "id %v again", item["id"])
		seen[item["id"]] = true
	}
	return f.list
}

// members checks an object: what it must have, what each member is, and that what
// the format does not know are extensions.
func (f *faults) members(all map[string]any, known map[string]kind, must ...string) {
	for _, name := range must {
		f.add(all[name] != nil, "no %s", name)
	}
	for name, v := range all {
		if check, ok := known[name]; ok {
			check(f, name, v)
			continue
		}
		_, ok := v.(map[string]any)
		f.add(ok && extensionName.MatchString(name), "%s is neither known nor an extension", name)
	}
}

func exactly(s string) kind {
	return func(f *faults, name string, v any) { f.add(v == s, "%s is %v", name, v) }
}

func list(of kind) kind {
	return func(f *faults, name string, v any) {
		all, ok := v.([]any)
		f.add(ok, "%s is no array", name)
		for _, one := range all {
			if of != nil {
				of(f, name, one)
			}
		}
	}
}

func object(known map[string]kind, must ...string) kind {
	return func(f *faults, name string, v any) {
		all, ok := v.(map[string]any)
		f.add(ok, "%s holds what is no object", name)
		f.members(all, known, must...)
	}
}

// author must have one of its members.
func author(f *faults, name string, v any) {
	object(map[string]kind{"name": text, "url": address, "avatar": address})(f, name, v)
	all, _ := v.(map[string]any)
	f.add(slices.ContainsFunc([]string{"name", "url", "avatar"}, func(s string) bool { return all[s] != nil }), "an author without anything")
}

func text(f *faults, name string, v any) {
	s, ok := v.(string)
	f.add(ok && strings.TrimSpace(s) != "", "%s is %v", name, v)
}

func anyText(f *faults, name string, v any) {
	_, ok := v.(string)
	f.add(ok, "%s is %v", name, v)
}

func address(f *faults, name string, v any) {
	s, _ := v.(string)
	f.add(isIRI(s), "%s is %v", name, v)
}

func tag(f *faults, name string, v any) {
	s, _ := v.(string)
	f.add(isTag(s), "%s is %v", name, v)
}

func date(f *faults, name string, v any) {
	s, _ := v.(string)
	f.add(isRFC3339(s), "%s is %v", name, v)
}

func mediaKind(f *faults, name string, v any) {
	s, _ := v.(string)
	f.add(media.MatchString(s), "%s is %v", name, v)
}

func number(f *faults, name string, v any) {
	n, ok := v.(float64)
	f.add(ok && n >= 0, "%s is %v", name, v)
}

func boolean(f *faults, name string, v any) {
	_, ok := v.(bool)
	f.add(ok, "%s is %v", name, v)
}
