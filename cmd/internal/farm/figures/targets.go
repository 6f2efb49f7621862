package main

// row is a line of the table: a figure, what it is measured against, and what is asked of it.
type row struct {
	what  string
	bench string // without "Benchmark" and the number of processors
	unit  string // of the figure, as the benchmark has it
	shown string // and as people read it
	// scale is by how much the figure is multiplied to be what shown says; 0: by one.
	scale float64
	floor string // what it is measured against, in the unit that follows; empty: nothing
	by    string
	// target and stretch are of the ratio to the floor, or, where plain is set or there is no
	// floor, of the figure; 0: nothing is asked.
	target, stretch float64
	plain           bool
	// size is what the benchmark calls the size that it was told, which stands for %s in
	// what, and full the size at which the target is asked; empty: it has one size.
	size string
	full float64
}

// rows are all of the table, in its order.
var rows = []row{
	{
		what: "cold sweep of %s feeds, by the thousand", bench: "Sweep", unit: "cold-sluice-cpu-s", shown: "CPU s",
		floor: "GET, gunzip, gofeed", by: "cold-gofeed-cpu-s", target: 2.2, stretch: 1.6, size: "feeds", full: 1000,
	},
	{
		what: "sweep of %s feeds, all 304, by the thousand", bench: "Sweep", unit: "304-sluice-cpu-s", shown: "CPU s",
		floor: "conditional GET", by: "304-get-cpu-s", target: 1.6, stretch: 1.3, size: "feeds", full: 1000,
	},
	{
		what: "sweep of %s feeds, 10 %% changed, by the thousand", bench: "Sweep", unit: "changed-sluice-cpu-s", shown: "CPU s",
		floor: "GET, gofeed, bbolt with JSON", by: "changed-store-cpu-s", target: 1, stretch: 0.8, size: "feeds", full: 1000,
	},
	{what: "reading and cleaning a document", bench: "Parse", unit: "parse/gofeed", shown: "× gofeed alone"},
	{what: "disk for 50,000 articles", bench: "Sweep", unit: "disk-MB", shown: "MB", target: 90, stretch: 70},
	{what: "disk for what is stored, compressed", bench: "Sweep", unit: "disk/payload", shown: "× payload", target: 1.4},
	{what: "memory, peak of a daemon's first sweep of %s feeds", bench: "Memory", unit: "peak-MiB", shown: "MiB", target: 96, stretch: 64, size: "feeds", full: 5000},
	{what: "memory, idle with 1,000 sources and 50,000 articles", bench: "Memory", unit: "idle-MiB", shown: "MiB", target: 48, stretch: 24},
	{what: "memory, peak of sync over %s feeds", bench: "Sweep", unit: "cold-sluice-MiB", shown: "MiB", size: "feeds", full: 1000},
	{
		what: "render after an edit of one entry in 100", bench: "AChange/edit", unit: "build-ms", shown: "CPU ms",
		floor: "gzip of the three formats alone", by: "gzip-ms", target: 10, stretch: 5, plain: true,
	},
	{
		what: "render after one new entry in 100", bench: "AChange/news", unit: "build-ms", shown: "CPU ms",
		floor: "gzip of the three formats alone", by: "gzip-ms", target: 10, stretch: 5, plain: true,
	},
	{
		what: "newest 100 of %s articles, 2,000 sources", bench: "Growth/newest_of_all", unit: "many-µs", shown: "CPU µs",
		floor: "of 50,000 articles", by: "few-µs", target: 1.1, size: "many", full: 1_000_000,
	},
	{
		what: "newest 100 of %s articles, 10 sources", bench: "Growth/newest_of_ten", unit: "many-µs", shown: "CPU µs",
		floor: "of 50,000 articles", by: "few-µs", target: 1.1, size: "many", full: 1_000_000,
	},
	{
		what: "look-up of an item among %s articles", bench: "Growth/look-up", unit: "many-µs", shown: "CPU µs", scale: 1.0 / 500,
		floor: "of 50,000 articles", by: "few-µs", target: 1.1, size: "many", full: 1_000_000,
	},
	{
		what: "start to first answer, %s articles", bench: "Start/first_answer", unit: "many-ms", shown: "ms",
		floor: "with 50,000 articles", by: "few-ms", target: 1000, stretch: 300, plain: true, size: "many", full: 1_000_000,
	},
	{what: "near-duplicates: CPU, a new article", bench: "NearNewArticle", unit: "cpu-µs/article", shown: "CPU µs", target: 60, stretch: 30},
	{what: "near-duplicates: memory, an article", bench: "NearIndex", unit: "B/article", shown: "B", target: 600},
	{what: "near-duplicates: disk, an article", bench: "NearLoad", unit: "disk-B/article", shown: "B", target: 400},
}

// servings are the lines of what is served: all but the daemon's are others' figures.
var servings = []struct{ what, bench string }{
	{"200, 1 connection", "Serving/1/whole"},
	{"gzip, 1 connection", "Serving/1/gzip"},
	{"304, 1 connection", "Serving/1/not_modified"},
	{"200, 64 connections", "Serving/64/whole"},
	{"gzip, 64 connections", "Serving/64/gzip"},
	{"304, 64 connections", "Serving/64/not_modified"},
	{"200, 512 connections", "Serving/512/whole"},
	{"gzip, 512 connections", "Serving/512/gzip"},
	{"304, 512 connections", "Serving/512/not_modified"},
}

// What is asked of serving, beside a minimal handler.
const servingTarget, servingStretch = 1.10, 1.03
