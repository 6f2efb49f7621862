package parse

import (
	"regexp"

	"sluice/feed"
)

// shaped are the elements and, behind a blank, the attributes whose values have a
// form. What has another tells readers nothing, and is an error to W3C's validator.
var shaped = map[string]*regexp.Regexp{
	feed.SpaceITunes + "block":             regexp.MustCompile(`^(?i:yes|no|true|false)$`),
	feed.SpaceITunes + "duration":          regexp.MustCompile(`^\d+(:[0-5]\d){0,2}$`),
	feed.SpaceITunes + "episode":           wholeNumber,
	feed.SpaceITunes + "episodeType":       regexp.MustCompile(`^(?i:full|trailer|bonus)$`),
	feed.SpaceITunes + "explicit":          regexp.MustCompile(`^(?i:yes|no|true|false|clean|explicit)$`),
	feed.SpaceITunes + "order":             wholeNumber,
	feed.SpaceITunes + "season":            wholeNumber,
	feed.SpaceGeo + "lat":                  decimal,
	feed.SpaceGeo + "long":                 decimal,
	feed.SpaceGeoRSS + "point":             regexp.MustCompile(`^-?\d+(\.\d+)?[ ,]+-?\d+(\.\d+)?$`),
	feed.SpaceMedia + "content expression": regexp.MustCompile(`^(sample|full|nonstop)$`),
	feed.SpaceMedia + "content isDefault":  regexp.MustCompile(`^(true|false)$`),
	feed.SpaceMedia + "content medium":     regexp.MustCompile(`^(image|audio|video|document|executable)$`),
}

var (
	wholeNumber = regexp.MustCompile(`^\d+$`)
	decimal     = regexp.MustCompile(`^-?\d+(\.\d+)?$`)
)

// isShaped reports whether a value has the form that is wanted of it, if any is.
func isShaped(of, value string) bool {
	form := shaped[of]
	return form == nil || value == "" || form.MatchString(value)
}
