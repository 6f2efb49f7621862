package parse

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"sluice/feed"
)

// What W3C's validator wants of the elements that are kept. What is otherwise tells
// readers nothing, and makes a document invalid.

// attributes are those that elements may have; other elements of the vocabularies
// have none. Podcasts' elements, which the validator does not know, may have any.
var attributes = map[[2]string]map[string]bool{
	{feed.SpaceITunes, "image"}:   set("href"),
	{feed.SpaceMedia, "category"}: set("label", "scheme"),
	{feed.SpaceMedia, "content"}: set("bitrate", "channels", "duration", "expression", "fileSize", "framerate", "height", "isDefault", "lang",
		"medium", "samplingrate", "type", "url", "width"),
	{feed.SpaceMedia, "copyright"}:    set("url"),
	{feed.SpaceMedia, "credit"}:       set("role", "scheme"),
	{feed.SpaceMedia, "hash"}:         set("algo"),
	{feed.SpaceMedia, "player"}:       set("height", "url", "width"),
	{feed.SpaceMedia, "rating"}:       set("scheme"),
	{feed.SpaceMedia, "restriction"}:  set("relationship", "type"),
	{feed.SpaceMedia, "text"}:         set("end", "lang", "start"),
	{feed.SpaceMedia, "thumbnail"}:    set("height", "time", "url", "width"),
	{feed.SpaceThread, "in-reply-to"}: set("href", "ref", "source", "type"),
}

func isAttribute(space, element, key string) bool {
	return space == feed.SpacePodcast || attributes[[2]string{space, element}][key]
}

// forms are those of the texts of elements and, with a name behind it, of attributes.
var forms = map[[3]string]*regexp.Regexp{
	{feed.SpaceITunes, "block"}:                  regexp.MustCompile(`^(yes|no|clean)$`),
	{feed.SpaceITunes, "duration"}:               regexp.MustCompile(`^\d+(:[0-5]\d){0,2}$`),
	{feed.SpaceITunes, "episode"}:                positive,
	{feed.SpaceITunes, "episodeType"}:            regexp.MustCompile(`^(full|trailer|bonus)$`),
	{feed.SpaceITunes, "explicit"}:               regexp.MustCompile(`^(true|false)$`),
	{feed.SpaceITunes, "keywords"}:               regexp.MustCompile(`^([^ ]*|.*,.*)$`),
	{feed.SpaceITunes, "season"}:                 positive,
	{feed.SpaceGeo, "alt"}:                       decimal,
	{feed.SpaceGeo, "lat"}:                       decimal,
	{feed.SpaceGeo, "long"}:                      decimal,
	{feed.SpaceGeoRSS, "elev"}:                   decimal,
	{feed.SpaceGeoRSS, "floor"}:                  regexp.MustCompile(`^-?\d+$`),
	{feed.SpaceGeoRSS, "line"}:                   coordinates,
	{feed.SpaceGeoRSS, "point"}:                  regexp.MustCompile(`^-?\d+(\.\d+)?[ ,]-?\d+(\.\d+)?$`),
	{feed.SpaceGeoRSS, "polygon"}:                coordinates,
	{feed.SpaceGeoRSS, "radius"}:                 quantity,
	{feed.SpaceMedia, "content", "bitrate"}:      quantity,
	{feed.SpaceMedia, "content", "channels"}:     regexp.MustCompile(`^\d+$`),
	{feed.SpaceMedia, "content", "duration"}:     quantity,
	{feed.SpaceMedia, "content", "expression"}:   regexp.MustCompile(`^(sample|full|nonstop)$`),
	{feed.SpaceMedia, "content", "fileSize"}:     positive,
	{feed.SpaceMedia, "content", "framerate"}:    quantity,
	{feed.SpaceMedia, "content", "height"}:       positive,
	{feed.SpaceMedia, "content", "isDefault"}:    regexp.MustCompile(`^(true|false)$`),
	{feed.SpaceMedia, "content", "medium"}:       regexp.MustCompile(`^(image|audio|video|document|executable)$`),
	{feed.SpaceMedia, "content", "samplingrate"}: quantity,
	{feed.SpaceMedia, "content", "type"}:         mediaKind,
	{feed.SpaceMedia, "content", "width"}:        positive,
	{feed.SpaceMedia, "hash"}:                    regexp.MustCompile(`^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{40})$`),
	{feed.SpaceMedia, "player", "height"}:        positive,
	{feed.SpaceMedia, "player", "width"}:         positive,
	{feed.SpaceMedia, "text", "end"}:             playTimes,
	{feed.SpaceMedia, "text", "start"}:           playTimes,
	{feed.SpaceMedia, "thumbnail", "height"}:     positive,
	{feed.SpaceMedia, "thumbnail", "time"}:       playTimes,
	{feed.SpaceMedia, "thumbnail", "width"}:      positive,
	{feed.SpaceThread, "in-reply-to", "type"}:    mediaKind,
}

var (
	positive    = regexp.MustCompile(`^[1-9]\d*$`)
	quantity    = regexp.MustCompile(`^\d+(\.\d+)?$`)
	decimal     = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
	coordinates = regexp.MustCompile(`^-?\d+(\.\d+)? -?\d+(\.\d+)?( -?\d+(\.\d+)? -?\d+(\.\d+)?)+$`)
	mediaKind   = regexp.MustCompile(`^[a-zA-Z0-9.+_-]+/[a-zA-Z0-9.+_-]+$`)
	playTimes   = regexp.MustCompile(`^(now|\d+(\.\d+)?|\d+:\d\d:\d\d(\.\d+)?)$`)
)

// maxITunes is how many characters a text of iTunes may have; a title has no bound.
const maxITunes = 255

// shaped returns the value as it should be written, nothing where it has no form that
// is known. The key is empty for the text of an element.
func shaped(space, element, key, value string) string {
	of := [3]string{space, element, key}
	if space == feed.SpaceITunes && element != "title" && key == "" && utf8.RuneCountInString(value) > maxITunes {
		return ""
	}
	form := forms[of]
	if form == nil {
		return value
	}
	if usual, ok := words[of]; ok {
		value = strings.ToLower(value)
		value = cmp.Or(usual[value], value)
	}
	if !form.MatchString(value) {
		return ""
	}
	return value
}

// words are the elements whose values are words that may be written in any case, with
// what some of them are called today.
var words = map[[3]string]map[string]string{
	{feed.SpaceITunes, "explicit"}:    {"yes": "true", "explicit": "true", "no": "false", "clean": "false"},
	{feed.SpaceITunes, "block"}:       {"true": "yes", "false": "no"},
	{feed.SpaceITunes, "episodeType"}: nil,
}

// whole returns the element without what is none of its own, and reports whether it
// has what makes it mean something.
func whole(e feed.Extension) (feed.Extension, bool) {
	if e.Space == feed.SpaceGeo && e.Name == "Point" {
		at := slices.DeleteFunc(e.Elements, func(x feed.Extension) bool { return x.Name != "lat" && x.Name != "long" })
		return feed.Extension{Space: e.Space, Name: e.Name, Elements: at}, len(at) == 2 && at[0].Name != at[1].Name
	}
	if e.Space != feed.SpaceMedia {
		return e, e.Text != "" || len(e.Attrs) > 0 || len(e.Elements) > 0
	}
	has := func(key string, values ...string) bool {
		return slices.ContainsFunc(e.Attrs, func(a feed.Attr) bool {
			return a.Name == key && (len(values) == 0 || slices.Contains(values, a.Value))
		})
	}
	switch e.Name {
	case "player", "thumbnail":
		return e, has("url")
	case "restriction":
		return e, has("relationship", "allow", "deny") && (has("type", "country", "uri") || !has("type") && (e.Text == "all" || e.Text == "none"))
	case "rating":
		if !has("scheme") || has("scheme", "urn:simple") {
			return e, e.Text == "adult" || e.Text == "nonadult"
		}
		return e, e.Text != "" && !has("scheme", "urn:mpaa", "urn:v-chip", "urn:icra") // which few write as they should
	case "credit":
		if !has("scheme") || has("scheme", "urn:ebu") { // roles are of a list then
			e.Attrs = slices.DeleteFunc(e.Attrs, func(a feed.Attr) bool { return a.Name == "role" && !slices.Contains(roles, a.Value) })
		}
		return e, e.Text != ""
	case "hash":
		return e, e.Text != ""
	}
	return e, e.Text != "" || len(e.Attrs) > 0 || len(e.Elements) > 0
}

// roles are those of the European Broadcasting Union that publishers use.
var roles = []string{
	"actor", "author", "composer", "director", "editor", "illustrator", "performer", "photographer", "producer", "reporter",
}
