package fare

import (
	"maps"
	"slices"

	"sluice/feed"
)

// warnings says what was repaired in a document, by kind: of one thing, and of several.
var warnings = map[string][2]string{
	"encoding-guessed":    {"no encoding was named that fits, so that one was guessed", ""},
	"encoding-misstated":  {"the encoding that is named cannot be the right one", ""},
	"encoding-mixed":      {"there is more than one encoding in it", ""},
	"illegal-characters":  {"a character that XML forbids was taken out", "characters that XML forbids were taken out"},
	"text-before-root":    {"something stands before the feed, such as an error of a script", ""},
	"markup-mended":       {"a tag, name or value was mended", "tags, names or values were mended"},
	"inline-markup":       {"HTML stands in a text without being escaped", "texts have HTML that is not escaped"},
	"date-ignored":        {"a date that is none was ignored", "dates that are none were ignored"},
	"length-ignored":      {"a file's length that is no number was ignored", "lengths of files that are no numbers were ignored"},
	"incomplete":          {"the document was cut or damaged: its whole items were kept", ""},
	"extensions-dropped":  {"an item has too many elements of other vocabularies", "items have too many elements of other vocabularies"},
	"duplicate-id":        {"an item has the id of another", "items have the id of another"},
	"empty-item":          {"an item says nothing", "items say nothing"},
	"title-cut":           {"a title over 4 KiB was cut", "titles over 4 KiB were cut"},
	"item-too-long":       {"an item over 1 MiB was left out", "items over 1 MiB were left out"},
	"address-ignored":     {"an address that is not http or https was ignored", "addresses that are not http or https were ignored"},
	"elements-dropped":    {"an item has more than 2,000 elements", "items have more than 2,000 elements"},
	"categories-dropped":  {"an item has more than 100 categories", "items have more than 100 categories"},
	"wrong-type":          {"a value of JSON has the wrong type", "values of JSON have the wrong type"},
	"item-unreadable":     {"an item that is none was left out", "items that are none were left out"},
	"end-tags-missing":    {"the last end tags were missing", ""},
	"structure-ambiguous": {"ids and dates were read with less certainty", ""},
	"insecure-redirect":   {"it redirects from https to http: anybody between could change it", ""},
}

// Warning says what was repaired, so many times, of a kind.
func Warning(kind string, n int) string {
	said, known := warnings[kind]
	switch {
	case !known:
		return Count(n, kind, kind)
	case n > 1 && said[1] != "":
		return Number(n) + " " + said[1]
	}
	return said[0]
}

// Warnings says what was repaired in a source's last document, a kind each, by kind.
func Warnings(st *feed.SourceState) []string {
	all := make([]string, 0, len(st.Warnings))
	for _, kind := range slices.Sorted(maps.Keys(st.Warnings)) {
		all = append(all, Warning(kind, st.Warnings[kind]))
	}
	return all
}
