// This file is two tables: what publishers do with their items, and how many
// articles that is.

package storagetest

import "sluice/feed"

var histories = map[string]history{
	"the same again": {docs: [][]feed.Article{
		{item("1", "https://a.example/1", "Crane", harbour)}, {item("1", "https://a.example/1", "Crane", harbour)},
	}, want: 1},
	"a new title, address and text under one guid": {docs: [][]feed.Article{
		{item("1", "https://a.example/1", "Crane", harbour)}, {item("1", "https://a.example/2", "Letters", museum)},
	}, want: 1},

	// Guids that are addresses.
	"guids that move to https": {docs: [][]feed.Article{
		{item("http://www.a.example/?p=1", "", "Crane", harbour)}, {item("https://a.example/?p=1", "", "Harbour closed", museum)},
	}, want: 1},
	"guids that count revisions": {docs: [][]feed.Article{
		{item("https://a.example/1#0", "", "Crane", harbour)}, {item("https://a.example/1#3", "", "Harbour closed", harbour)},
	}, want: 1},
	"guids that count revisions of a text that is rewritten": {docs: [][]feed.Article{
		{on(1, item("https://a.example/1#0", "", "Crane", harbour))}, {on(1, item("https://a.example/1#3", "", "Harbour closed", museum))},
	}, want: 1},
	"numbered entries of a page, one a document": {docs: [][]feed.Article{
		{on(1, item("https://a.example/log#101", "https://a.example/log#101", "Crane", harbour))},
		{on(2, item("https://a.example/log#102", "https://a.example/log#102", "Letters", museum))},
		{on(3, item("https://a.example/log#103", "https://a.example/log#103", "Orchard", orchard))},
	}, want: 3},
	"comments that are numbered": {docs: [][]feed.Article{
		{item("https://a.example/post#1", "https://a.example/post#1", "By Ann", harbour)},
		{item("https://a.example/post#2", "https://a.example/post#2", "By Bob", museum)},
	}, want: 2},
	"guids that move to another host": {docs: [][]feed.Article{
		{item("http://a.example/?p=1", "http://a.example/1", "Crane", harbour)},
		{item("https://b.example/?p=1", "https://b.example/1", "Crane", harbour)},
	}, want: 1},
	"guids and addresses that move to another host, with an edit": {docs: [][]feed.Article{
		{item("http://a.example/?p=1", "http://a.example/2026/a/", "Crane", harbour)},
		{item("https://www.a.example/?p=1", "https://www.a.example/2026/b/", "Letters", museum)},
	}, want: 1},
	"two blogs of a planet that count alike": {docs: [][]feed.Article{
		{item("https://a.example/?p=1", "https://a.example/1", "Crane", harbour)},
		{item("https://b.example/?p=1", "https://b.example/1", "Letters", museum)},
	}, want: 2},
	"two blogs of a planet that begin with the same words": {docs: [][]feed.Article{
		{on(1, item("https://a.example/?p=1", "https://a.example/hello", "Hello world", harbour))},
		{on(2, item("https://b.example/?p=1", "https://b.example/hello", "Hello world", harbour))},
	}, want: 2},
	"two blogs of a planet that begin without a text": {docs: [][]feed.Article{
		{item("https://a.example/?p=1", "https://a.example/x", "Hello world", "")},
		{item("https://b.example/?p=1", "https://b.example/y", "Hello world", "")},
	}, want: 2},
	"guids that are anchors on one page": {docs: [][]feed.Article{
		{item("https://a.example/page#crane", "", "Crane", harbour)}, {item("https://a.example/page#letters", "", "Letters", museum)},
	}, want: 2},
	"guids and addresses that are anchors on one page": {docs: [][]feed.Article{
		{item("https://a.example/page#crane", "https://a.example/page#crane", "Crane", harbour)},
		{item("https://a.example/page#letters", "https://a.example/page#letters", "Letters", museum)},
	}, want: 2},
	"guids that are anchors move to https": {docs: [][]feed.Article{
		{item("http://a.example/p#c1x", "http://a.example/p#c1x", "Crane", harbour), item("http://a.example/p#c2x", "http://a.example/p#c2x", "Letters", museum)},
		{item("https://a.example/p#c1x", "https://a.example/p#c1x", "Crane", harbour), item("https://a.example/p#c2x", "https://a.example/p#c2x", "Letters", museum)},
		{item("https://a.example/p#c2x", "https://a.example/p#c2x", "Letters", museum)},
	}, want: 2},

	// Guids that change while addresses stay.
	"new guids for all": {docs: [][]feed.Article{
		{item("1", "https://a.example/1", "Crane", harbour), item("2", "https://a.example/2", "Letters", museum)},
		{item("x1", "https://a.example/1", "Crane", harbour), item("x2", "https://a.example/2", "Letters", museum)},
	}, want: 2},
	"new guids at each fetch": {docs: [][]feed.Article{
		{item("r1", "https://a.example/news", "Crane", harbour), item("r2", "https://a.example/news", "Letters", museum)},
		{item("r3", "https://a.example/news", "Crane", harbour), item("r4", "https://a.example/news", "Letters", museum)},
	}, want: 2},
	"guids where there were none": {docs: [][]feed.Article{
		{item("", "https://a.example/news", "Crane", harbour), item("", "https://a.example/news", "Letters", museum)},
		{item("g1", "https://a.example/news", "Crane", harbour), item("g2", "https://a.example/news", "Letters", museum)},
	}, want: 2},
	"a new guid and an edit": {docs: [][]feed.Article{
		{item("1", "https://a.example/1", "Crane", harbour)}, {item("2", "https://a.example/1", "Crane falls", harbour+" Nobody was hurt.")},
	}, want: 1},
	"a new guid and a text that is rewritten": {docs: [][]feed.Article{
		{on(1, item("1", "https://a.example/1", "Crane", harbour))}, {on(1, item("2", "https://a.example/1", "Crane", museum))},
	}, want: 1},
	"a fixed address where other texts appear": {docs: [][]feed.Article{
		{on(1, item("1", "https://a.example/today", "Today", harbour))},
		{on(2, item("2", "https://a.example/today", "Today", museum))},
		{on(3, item("3", "https://a.example/today", "Today", orchard))},
	}, want: 3},
	"a fixed address where other texts appear on one day": {docs: [][]feed.Article{
		{dayOnly(1, item("1", "https://a.example/bulletins", "Crane", harbour))},
		{dayOnly(1, item("2", "https://a.example/bulletins", "Letters", museum))},
	}, want: 2},
	"a column at a fixed address without dates": {docs: [][]feed.Article{
		{item("1", "https://a.example/briefing", "Morning briefing", harbour)},
		{item("2", "https://a.example/briefing", "Morning briefing", museum)},
	}, want: 2},
	"a column at a fixed address without texts": {docs: [][]feed.Article{
		{on(1, item("1", "https://a.example/briefing", "Morning briefing", ""))},
		{on(2, item("2", "https://a.example/briefing", "Morning briefing", ""))},
	}, want: 2},

	// Items without guids and addresses.
	"a log that repeats an entry on another day": {docs: [][]feed.Article{
		{on(1, item("", "", "Crane", harbour))},
		{on(2, item("", "", "Crane", harbour)), on(1, item("", "", "Crane", harbour))},
		{on(3, item("", "", "Crane", harbour)), on(2, item("", "", "Crane", harbour)), on(1, item("", "", "Crane", harbour))},
		{on(3, item("", "", "Crane", harbour)), on(1, item("", "", "Crane", harbour)), on(2, item("", "", "Crane", harbour))},
	}, want: 3},
	"a log in which two entries begin alike": {docs: [][]feed.Article{
		{on(2, item("", "", "Crane", harbour)), on(1, item("", "", "Crane", harbour+" Nobody was hurt."))},
		{on(2, item("", "", "Crane", harbour)), on(1, item("", "", "Crane", harbour+" Nobody was hurt."))},
	}, want: 2},
	"entries that are dated anew at each fetch": {docs: [][]feed.Article{
		{on(1, item("", "", "Crane", harbour)), on(1, item("", "", "Letters", museum))},
		{on(2, item("", "", "Crane", harbour)), on(2, item("", "", "Letters", museum))},
	}, want: 2},
	"entries that are listed twice and dated anew at each fetch": {docs: [][]feed.Article{
		{on(2, item("", "", "Crane", harbour)), on(1, item("", "", "Crane", harbour))},
		{on(4, item("", "", "Crane", harbour)), on(3, item("", "", "Crane", harbour))},
	}, want: 2},
	"an entry that is listed twice": {docs: [][]feed.Article{
		{on(1, item("", "", "Crane", harbour)), on(1, item("", "", "Crane", harbour))},
	}, want: 1},

	// Items without guids.
	"no guids, edits at an address": {docs: [][]feed.Article{
		{item("", "https://a.example/1", "Crane", harbour)}, {item("", "https://a.example/1?utm_source=rss", "Crane falls", museum)},
	}, want: 1},
	"no guids and one address for all": {docs: [][]feed.Article{
		{item("", "https://a.example/news", "Crane", harbour), item("", "https://a.example/news", "Letters", museum), item("", "https://a.example/news", "Orchard", orchard)},
		{item("", "https://a.example/news", "Crane", harbour), item("", "https://a.example/news", "Letters", museum)},
		{item("", "https://a.example/news", "Letters", museum)},
		{item("", "https://a.example/news", "Crane", harbour)},
		{item("", "https://a.example/news", "Orchard", orchard)},
	}, want: 3},
	"no guids and one address for all, and a title that is edited": {docs: [][]feed.Article{
		{item("", "https://a.example/news", "Crane", harbour), item("", "https://a.example/news", "Letters", museum)},
		{item("", "https://a.example/news", "Crane falls", harbour)},
	}, want: 2},
	"no guids and anchors for addresses, one and then two": {docs: [][]feed.Article{
		{item("", "https://a.example/changelog#v1", "v1", harbour)},
		{item("", "https://a.example/changelog#v2", "v2", museum), item("", "https://a.example/changelog#v1", "v1", harbour)},
		{item("", "https://a.example/changelog#v2", "v2", museum)},
		{item("", "https://a.example/changelog#v1", "v1", harbour)},
	}, want: 2},
	"no guids and anchors for addresses, one at a time": {docs: [][]feed.Article{
		{on(1, item("", "https://a.example/log#a", "Crane", harbour))},
		{on(2, item("", "https://a.example/log#b", "Letters", museum))},
		{on(1, item("", "https://a.example/log#a", "Crane", harbour))},
	}, want: 2},
	"front pages as addresses": {docs: [][]feed.Article{
		{item("", "https://a.example/", "Crane", harbour)}, {item("", "https://a.example/", "Letters", museum)},
	}, want: 2},
	"nothing but a title and a text that grows": {docs: [][]feed.Article{
		{item("", "", "Crane", harbour)}, {item("", "", "Crane", harbour+" Nobody was hurt.")},
	}, want: 1},
	"nothing but texts under one title": {docs: [][]feed.Article{
		{item("", "", "News", harbour)}, {item("", "", "News", museum)}, {item("", "", "News", harbour)},
	}, want: 2},

	// Guids and addresses that name several items.
	"one guid for all": {docs: [][]feed.Article{
		{item("feed", "https://a.example/1", "Crane", harbour), item("feed", "https://a.example/2", "Letters", museum)},
		{item("feed", "https://a.example/3", "Orchard", orchard), item("feed", "https://a.example/1", "Crane", harbour)},
		{item("feed", "https://a.example/2", "Letters", museum)},
	}, want: 3},
	"one guid for all, and an edit at its address": {docs: [][]feed.Article{
		{item("feed", "https://a.example/1", "Crane", harbour), item("feed", "https://a.example/2", "Letters", museum)},
		{item("feed", "https://a.example/1", "Crane falls", orchard), item("feed", "https://a.example/2", "Letters", museum)},
	}, want: 2},
	"one guid for all, and one text of two days": {docs: [][]feed.Article{
		{on(1, item("feed", "https://a.example/1", "Closed", harbour)), on(1, item("feed", "https://a.example/2", "Letters", museum))},
		{on(2, item("feed", "https://a.example/3", "Closed", harbour))},
	}, want: 3},
	"one guid and one address for all": {docs: [][]feed.Article{
		{item("feed", "https://a.example/news", "Crane", harbour), item("feed", "https://a.example/news", "Letters", museum)},
		{item("feed", "https://a.example/news", "Orchard", orchard), item("feed", "https://a.example/news", "Crane", harbour)},
	}, want: 3},
	"one guid and one address, one item and then two": {docs: [][]feed.Article{
		{item("feed", "https://a.example/news", "Crane", harbour)},
		{item("feed", "https://a.example/news", "Letters", museum), item("feed", "https://a.example/news", "Crane", harbour)},
		{item("feed", "https://a.example/news", "Crane", harbour)},
	}, want: 2},
	"one guid and one address for all, and a title that is edited": {docs: [][]feed.Article{
		{item("feed", "https://a.example/news", "Crane", harbour), item("feed", "https://a.example/news", "Letters", museum)},
		{item("feed", "https://a.example/news", "Crane falls", harbour), item("feed", "https://a.example/news", "Letters", museum)},
	}, want: 2},
	"one guid, address and title for all": {docs: [][]feed.Article{
		{item("feed", "https://a.example/news", "News", harbour), item("feed", "https://a.example/news", "News", museum)},
		{item("feed", "https://a.example/news", "News", harbour), item("feed", "https://a.example/news", "News", orchard)},
	}, want: 3},
	"one guid for all and nothing but texts": {docs: [][]feed.Article{
		{item("feed", "", "", harbour), item("feed", "", "", museum)}, {item("feed", "", "", orchard), item("feed", "", "", harbour)},
	}, want: 3},
	"one guid and nothing but texts, one and then two": {docs: [][]feed.Article{
		{item("feed", "", "", harbour)}, {item("feed", "", "", museum), item("feed", "", "", harbour)},
	}, want: 2},
	"one guid for all and no addresses, then one alone": {docs: [][]feed.Article{
		{item("feed", "", "Crane", harbour), item("feed", "", "Letters", museum)},
		{item("feed", "", "Crane", harbour)},
		{item("feed", "", "Orchard", orchard)},
	}, want: 3},
	"a guid that is given to another item, beside the first": {docs: [][]feed.Article{
		{item("g", "https://a.example/1", "Crane", harbour)},
		{item("g", "https://a.example/2", "Letters", museum), item("g", "https://a.example/1", "Crane", harbour)},
		{item("g", "https://a.example/2", "Letters", museum)},
		{item("g", "https://a.example/1", "Crane", harbour)},
	}, want: 2},
	"an old and a new version in one document": {docs: [][]feed.Article{
		{item("g", "https://a.example/1", "Crane", harbour)},
		{item("g", "https://a.example/1", "Harbour closed", orchard), item("g", "https://a.example/1", "Crane", harbour)},
		{item("g", "https://a.example/1", "Harbour closed", orchard)},
	}, want: 2},

	// Documents that list an item twice.
	"an item listed twice": {docs: [][]feed.Article{
		{item("1", "https://a.example/1", "Crane", harbour), item("1", "https://a.example/1", "Crane", harbour)},
	}, want: 1},
	"an item listed twice with two titles": {docs: [][]feed.Article{
		{item("1", "https://a.example/1", "Crane", harbour), item("1", "https://a.example/1", "Live: harbour closed", harbour)},
		{item("1", "https://a.example/1", "Live: harbour closed", harbour), item("1", "https://a.example/1", "Crane", harbour)},
	}, want: 1},
	"an item listed twice in another section": {docs: [][]feed.Article{
		{item("g", "https://a.example/sport/1", "Crane", harbour), item("g", "https://a.example/news/1", "Crane", harbour)},
	}, want: 1},
	"an item listed again as a teaser without text": {docs: [][]feed.Article{
		{on(1, item("1", "https://a.example/1", "See the crane", "")), on(1, item("1", "https://a.example/1", "Crane", harbour))},
		{on(1, item("1", "https://a.example/1", "Crane", harbour))},
	}, want: 1},
	"titles of one guid, address and date without texts": {docs: [][]feed.Article{
		{on(1, item("now", "https://a.example/weather", "Today: rain", "")), on(1, item("now", "https://a.example/weather", "Tonight: frost", ""))},
	}, want: 2},
	"an item listed twice under two guids": {docs: [][]feed.Article{
		{item("1", "https://a.example/1", "Crane", harbour), item("2", "https://a.example/1", "Crane", harbour)},
		{item("2", "https://a.example/1", "Crane", harbour)},
		{item("1", "https://a.example/1", "Crane", harbour)},
	}, want: 1},

	"pictures without a word": {docs: [][]feed.Article{
		{item("1", "", "", `<img src="https://a.example/1.png"/>`), item("2", "", "", `<img src="https://a.example/2.png"/>`)},
	}, want: 2},
	"pictures without a word or a guid": {docs: [][]feed.Article{
		{item("", "", "", `<img src="https://a.example/1.png?w=1"/>`), item("", "", "", `<img src="https://a.example/2.png?w=1"/>`)},
		{item("", "", "", `<img src="https://a.example/2.png?w=1"/>`)},
	}, want: 2},
	"equal texts of two days under two guids": {docs: [][]feed.Article{
		{on(1, item("1", "https://a.example/1", "Closed today", harbour))}, {on(2, item("2", "https://a.example/2", "Closed today", harbour))},
	}, want: 2},

	// What the operator chose.
	"identity: guid, whatever the document says": {mode: feed.IdentityGUID, docs: [][]feed.Article{
		{item("1", "https://a.example/1", "Crane", harbour), item("1", "https://a.example/2", "Letters", museum)},
		{item("2", "https://a.example/1", "Crane", harbour)},
	}, want: 2},
	"identity: link, for guids that change at each build": {mode: feed.IdentityLink, docs: [][]feed.Article{
		{item("b1-1", "https://a.example/1", "Crane", harbour), item("b1-2", "https://a.example/2", "Letters", museum)},
		{item("b2-1", "https://a.example/2", "Letters", museum), item("b2-2", "https://a.example/1", "Orchard", orchard)},
	}, want: 2},
	"identity: content, where nothing else holds": {mode: feed.IdentityContent, docs: [][]feed.Article{
		{item("1", "https://a.example/1", "Crane", harbour)},
		{item("2", "https://a.example/2", "Crane", harbour)},
		{item("2", "https://a.example/2", "Crane", museum)},
	}, want: 2},
	"a mode that asks for what an item lacks": {mode: feed.IdentityLink, docs: [][]feed.Article{
		{item("1", "", "Crane", harbour), item("2", "", "Letters", museum)}, {item("2", "", "Letters", orchard)},
	}, want: 2},
}

// copies are articles of two sources, and why they are one item, if they are.
var copies = map[string]struct {
	a, b feed.Article
	want feed.How // empty: two items
}{
	"one address and title": {
		a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("x", "http://www.a.example/1?utm_source=b", "Crane falls!", ""), want: feed.HowURL,
	},
	"one address and most of the text": {
		a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("x", "https://a.example/1", "Harbour closed", harbour+" More soon."), want: feed.HowURL,
	},
	"one address alone": {
		a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("x", "https://a.example/1", "Letters bought", museum),
	},
	"one title alone": {
		a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("2", "https://b.example/1", "Crane falls", harbour),
	},
	"one absolute guid and address": {
		a:    item("urn:uuid:6d1c2b8e-8a0f-4f6e-9a53-3f1f9f1e0c01", "https://a.example/1", "Crane falls", harbour),
		b:    item("urn:uuid:6d1c2b8e-8a0f-4f6e-9a53-3f1f9f1e0c01", "https://a.example/1", "Letters", museum),
		want: feed.HowGUID,
	},
	"one absolute guid and two addresses": {
		a: item("tag:a.example,2026:1", "https://a.example/1", "Crane falls", harbour), b: item("tag:a.example,2026:1", "https://b.example/1", "Letters", museum),
	},
	"one address as guid and nothing else": {
		a: item("https://a.example/1", "", "Crane falls", harbour), b: item("https://a.example/1", "", "Letters", museum), want: feed.HowGUID,
	},
	"one address as guid here and as address there": {
		a: item("https://a.example/1", "https://a.example/1", "Crane falls", harbour), b: item("https://a.example/1", "", "Letters", museum), want: feed.HowGUID,
	},
	"one short guid": {
		a: item("1", "https://a.example/1", "Crane falls", harbour), b: item("1", "https://b.example/1", "Crane falls", harbour),
	},
	"front pages": {
		a: item("1", "https://a.example/", "Crane falls", harbour), b: item("2", "https://a.example/", "Crane falls", harbour),
	},
}
