package render_test

import (
	"slices"
	"strings"

	"sluice/feed"
)

// known are the elements of vocabularies that W3C's validator knows within an item, with
// their attributes. What it does not know is an error to it, though the vocabulary may
// have it.
var known = map[string]map[string]string{
	feed.SpaceITunes: {
		"author": "", "block": "", "duration": "", "episode": "", "episodeType": "", "explicit": "", "image": "href", "keywords": "",
		"season": "", "subtitle": "", "title": "",
	},
	feed.SpaceMedia: {
		"category": "label scheme", "copyright": "url", "credit": "role scheme", "description": "type", "group": "", "hash": "algo",
		"content":  "bitrate channels duration expression fileSize framerate height isDefault lang medium samplingrate type url width",
		"keywords": "", "player": "height url width", "rating": "scheme", "restriction": "relationship type", "text": "end lang start type",
		"thumbnail": "height time url width", "title": "type",
	},
	feed.SpaceDublinCore: {
		"contributor": "", "coverage": "", "creator": "", "format": "", "identifier": "", "language": "", "publisher": "", "relation": "",
		"rights": "", "source": "", "type": "",
	},
	feed.SpaceGeoRSS: {
		"elev": "", "featureName": "", "featureTypeTag": "", "floor": "", "line": "", "point": "", "polygon": "", "radius": "", "relationshipTag": "",
	},
	feed.SpaceGeo:    {"Point": "", "alt": "", "lat": "", "long": ""},
	feed.SpaceThread: {"in-reply-to": "href ref source type"},
}

// once are the elements of which a second one in an item is an error.
var once = map[string][]string{
	feed.SpaceITunes:     {"author", "block", "duration", "episode", "episodeType", "explicit", "image", "keywords", "season", "subtitle", "title"},
	feed.SpaceMedia:      {"copyright", "description", "title"},
	feed.SpaceDublinCore: {"format", "language", "rights", "source", "type"},
}

// extensions checks the elements of other vocabularies, at any depth.
func (f *faults) extensions(n *node) {
	for space, names := range once {
		for _, name := range names {
			f.count(n, 0, 1, space+" "+name)
		}
	}
	for _, k := range n.kids {
		space, name, _ := strings.Cut(k.name, " ")
		if elements, ours := known[space]; ours {
			attrs, ok := elements[name]
			f.add(ok, "element %s is unknown", k.name)
			for a := range k.attrs {
				f.add(slices.Contains(strings.Fields(attrs), a), "%s has the attribute %s", k.name, a)
			}
			f.extensions(k)
		}
	}
}
