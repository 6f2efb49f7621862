package config

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// units are the units of durations, largest first, as they must be written.
var units = []struct {
	name string
	unit time.Duration
}{
	{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond},
}

// longest bounds durations, so that sums with times stay within their range.
const longest = 36500 * 24 * time.Hour

// parseDuration reads numbers with units, largest unit first, each at most once:
// 30s, 1h30m, 1d12h. 0 needs no unit.
func parseDuration(text string) (time.Duration, bool) {
	if text == "0" {
		return 0, true
	}
	total, rest := time.Duration(0), text
	for _, u := range units {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		after, ok := strings.CutPrefix(rest[digits:], u.name)
		if digits == 0 || !ok || u.name == "m" && strings.HasPrefix(after, "s") {
			continue
		}
		n, err := strconv.ParseInt(rest[:digits], 10, 64)
		if err != nil || n > int64(longest/u.unit) {
			return 0, false
		}
		total, rest = total+time.Duration(n)*u.unit, after
	}
	return total, text != "" && rest == "" && total <= longest
}

// formatDuration writes a duration as parseDuration reads it.
func formatDuration(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	var text strings.Builder
	for _, u := range units {
		if n := d / u.unit; n > 0 {
			text.WriteString(strconv.FormatInt(int64(n), 10) + u.name)
			d -= n * u.unit
		}
	}
	return text.String()
}

// parseSize reads bytes, plain or in KiB, MiB, GiB.
func parseSize(text string) (int64, bool) {
	shift := 0
	for unit, bits := range map[string]int{"KiB": 10, "MiB": 20, "GiB": 30} {
		if number, ok := strings.CutSuffix(text, unit); ok {
			text, shift = number, bits
		}
	}
	n, ok := parseCount(text)
	if !ok || n > math.MaxInt64>>shift {
		return 0, false
	}
	return int64(n) << shift, true
}

// parseCount reads a whole number that is not negative.
func parseCount(text string) (int, bool) {
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
