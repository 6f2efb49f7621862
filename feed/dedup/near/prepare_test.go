package near_test

import (
	"strings"
	"testing"
	"time"

	"sluice/feed/dedup/near"
)

// filler makes short texts long enough to be compared.
const rest = " and the rest of the sentence goes on as it did before, word after word, until there are enough of them"

func TestSpellingsOfOneTextAreOne(t *testing.T) {
	for name, pair := range map[string][2]string{
		"case":                        {"The BRIDGE is shut", "the Bridge is Shut"},
		"accents":                     {"Le café de l’été à Zürich", "Le cafe de l'ete a Zurich"},
		"parts of characters":         {"été", "e\u0301te\u0301"},
		"compatible characters":       {"ﬁne ＷＯＲＤＳ in ①", "fine WORDS in 1"},
		"apostrophes":                 {"It’s O‘Neill’s don’t", "It's O‘Neill's don't"},
		"the genitive":                {"Ukraine’s hand and the minister’s", "Ukraine hand and the minister"},
		"initials":                    {"the U.S. and the U.K. agree", "the US and the UK agree"},
		"thousands":                   {"1,500 and 2,000,000 crowns", "1500 and 2000000 crowns"},
		"numbers in words":            {"three of seven", "3 of 7"},
		"digits of other scripts":     {"٢١٠٠٠ and २१", "21000 and 21"},
		"hyphens":                     {"a well-known text", "a well known text"},
		"blanks":                      {"one\u00a0two\u2009three\tfour", "one two three four"},
		"what cannot be seen":         {"zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"},
		"entities":                    {"fish &amp; chips &#8212; &quot;hot&quot;", `fish & chips — "hot"`},
		"tags within a word":          {"<b>B</b>ridge <em>shut</em>", "Bridge shut"},
		"tags between words":          {"<p>Bridge</p><p>shut</p>", "Bridge shut"},
		"attributes":                  {`<p class="x">Bridge <img src="a.jpg" alt="no"> shut</p>`, "Bridge shut"},
		"a sign that is no tag":       {"a < b and 3 > 2", "a b and 3 2"},
		"a dateline":                  {"LONDON, May 5 (Reuters) - The bridge", "PARIS (AP) — The bridge"},
		"a dateline with a colon":     {"NEW DELHI: The bridge", "The bridge"},
		"an agency":                   {"AP - The bridge", "Reuters - The bridge"},
		"a caption":                   {"<p>Bridge</p><figure><figcaption>Seen from the sea</figcaption></figure><p>shut</p>", "<p>Bridge</p><p>shut</p>"},
		"an offer to read on":         {"<p>Bridge</p><p>Also read: Ten bridges to see</p><p>shut</p>", "<p>Bridge</p><p>shut</p>"},
		"an offer in another script":  {"<p>Мост</p><p>Читайте также: десять мостов</p><p>закрыт</p>", "<p>Мост</p><p>закрыт</p>"},
		"what a blog adds at the end": {"<p>Bridge</p><p>The post Bridge shut appeared first on Site.</p>", "<p>Bridge</p>"},
		"harakat and tatweel":         {"الجِسْر سكـارا", "الجسر سكارا"},
		"parts of Hangul":             {"\u1103\u1161\u1105\u1175", "다리"},
		"half-width kana":             {"ﾌｪﾘｰ", "フェリー"},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := near.Prepare("", pair[0]+rest), near.Prepare("", pair[1]+rest)
			var j near.Judge
			if v := j.Judge(a, b, near.Context{Apart: time.Hour}); v.Score != 1 || a.Words() != b.Words() || !v.Copy {
				t.Errorf("%+v of %d and %d words", v, a.Words(), b.Words())
			}
		})
	}
}

func TestWordsThatDifferAreNotMadeOne(t *testing.T) {
	for name, pair := range map[string][2]string{
		"a decimal point":      {"1.5", "15"},
		"vowel signs of Hindi": {"कि", "की"},
		"vowels of Thai":       {"กา", "กิ"},
		"order":                {"dog bites man", "man bites dog"},
	} {
		filler := strings.Repeat(" and so on", 20)
		if near.Prepare("", pair[0]+filler).Sum() == near.Prepare("", pair[1]+filler).Sum() {
			t.Errorf("%s: %q and %q are the same", name, pair[0], pair[1])
		}
	}
}

func TestParagraphsThatOnlyBeginLikeACaptionStay(t *testing.T) {
	for text, words := range map[string]int{
		"Also known as the old bridge, it was built in 1962.": 11,
		"Related to the mayor, she did not vote.":             8,
		"Photo by photo the archive of the harbour is being put on line, and whoever finds his grandfather at work on the quay " +
			"may ask for a print, which the museum makes for the price of the paper and posts to any address in the country.": 46,
		"NASA: the agency":                        2,
		"THE KING AND THE QUEEN: both were there": 8,
		"Photo: the bridge at dawn":               0,
		"Photo of the bridge":                     4,
	} {
		if got := near.Prepare("", text).Words(); got != words {
			t.Errorf("%q: %d words, want %d", text, got, words)
		}
	}
}

func TestVerbatimLeavesNothingOut(t *testing.T) {
	text := "LONDON, May 5 (Reuters) - The bridge is shut.\n\nPhoto: AFP\n\nAlso read: more"
	if got := near.Verbatim(text).Words(); got != 13 {
		t.Errorf("%d words", got)
	}
	if got := near.Prepare("", text).Words(); got != 4 {
		t.Errorf("%d words of the article", got)
	}
}
