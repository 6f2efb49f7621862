// Command figures reads what the project's benchmarks print, in go test's format, and writes
// the page of figures: each beside what it is measured against and what it shall be.
//
// It owns the targets and the form of the page. What is measured, and how, stands at the
// benchmarks.
//
// Each part of what is measured ends with a line of its own: "measured", the part's name, the
// commit and how many seconds it took.
//
//	usage: figures [-o FILE] [-note TEXT] < what was printed
package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	now := time.Now()
	if err := run(os.Args[1:], os.Stdin, os.Stdout, now); err != nil {
		panic(fmt.Errorf("figures: %w", err)) // the exit status must tell
	}
}

// run is the program: it writes the page to the file that -o names, and its tables to out.
func run(args []string, in io.Reader, out io.Writer, now time.Time) error {
	flags := flag.NewFlagSet("figures", flag.ContinueOnError)
	file := flags.String("o", "", "write the page to this `file`")
	note := flags.String("note", "", "what else is to be said of the day")
	if err := flags.Parse(args); err != nil {
		return err
	}
	all, parts, err := read(in)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		return errors.New("no benchmark has printed anything")
	}
	d := day{
		at: now, commits: commits(parts), note: *note, took: took(parts),
		processors: runtime.NumCPU(), memory: memory(), version: runtime.Version(),
	}
	var tables, page bytes.Buffer
	writeTables(&tables, all)
	writePage(&page, d, tables.Bytes())
	if _, err := tables.WriteTo(out); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "It took %s.\n", d.took.Round(time.Second)); err != nil || *file == "" {
		return err
	}
	return os.WriteFile(*file, page.Bytes(), 0o644) //nolint:gosec // a document
}

// memory is how much the machine has, in GiB; 0 where it does not say.
func memory() float64 {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	var kib float64
	if _, rest, ok := strings.Cut(string(info), "MemTotal:"); ok {
		_, _ = fmt.Sscan(rest, &kib) // it stays 0
	}
	return kib / (1 << 20)
}

// samples are the figures that benchmarks gave, a value for each time that one ran: by the
// benchmark's name and, within that, the unit.
type samples map[string]map[string][]float64

// part is one of the runs that the figures come from.
type part struct {
	name, commit string
	took         time.Duration
}

// took is how long all parts took.
func took(parts []part) (sum time.Duration) {
	for _, p := range parts {
		sum += p.took
	}
	return sum
}

// commits says of which commit the parts are: of one, or each of its own.
func commits(parts []part) string {
	if len(parts) == 0 {
		return "unknown"
	}
	var each []string
	for _, p := range parts {
		each = append(each, p.commit+" ("+p.name+")")
	}
	if slices.ContainsFunc(parts, func(p part) bool { return p.commit != parts[0].commit }) {
		return strings.Join(each, ", ")
	}
	return parts[0].commit
}

// cores is what go test puts after a benchmark's name.
var cores = regexp.MustCompile(`-\d+$`)

// read takes the lines of benchmarks out of what go test printed, and what ends each part. A
// test that failed is an error: its figures may be of work that was not done.
func read(in io.Reader) (all samples, parts []part, err error) {
	all = samples{}
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "--- FAIL") || strings.HasPrefix(line, "FAIL") {
			return nil, nil, fmt.Errorf("a benchmark failed: %s", line)
		}
		if strings.HasPrefix(line, "measured ") {
			var p part
			var seconds int64
			if _, err := fmt.Sscanf(line, "measured %s %s %d", &p.name, &p.commit, &seconds); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", line, err)
			}
			p.took = time.Duration(seconds) * time.Second
			parts = append(parts, p)
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 4 || !strings.HasPrefix(line, "Benchmark") {
			continue
		}
		if _, err := strconv.Atoi(fields[1]); err != nil {
			continue // a line of its log
		}
		name := cores.ReplaceAllString(strings.TrimPrefix(fields[0], "Benchmark"), "")
		if all[name] == nil {
			all[name] = map[string][]float64{}
		}
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, err)
			}
			all[name][fields[i+1]] = append(all[name][fields[i+1]], value)
		}
	}
	return all, parts, lines.Err()
}

// over divides what belongs together, round by round: both ran in the same minutes. It is nil
// where one of them is missing.
func over(of, by []float64) []float64 {
	if len(of) != len(by) {
		return nil
	}
	ratios := make([]float64, len(of))
	for i := range of {
		if by[i] == 0 {
			return nil
		}
		ratios[i] = of[i] / by[i]
	}
	return ratios
}

// median is the middle one of values that are there.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// short writes a number with three digits, or all before the point.
func short(x float64) string {
	decimals := 0
	for limit := 100.0; decimals < 3 && abs(x) < limit; limit /= 10 {
		decimals++
	}
	return strconv.FormatFloat(x, 'f', decimals, 64)
}

func abs(x float64) float64 { return max(x, -x) }

// spread is the median, and from where to where the values lie if they differ.
func spread(values []float64) string {
	if len(values) == 0 {
		return "–"
	}
	least, most := short(slices.Min(values)), short(slices.Max(values))
	if least == most {
		return least
	}
	return fmt.Sprintf("%s (%s–%s)", short(median(values)), least, most)
}

// verdict says whether values meet what they shall be; 0: nothing is said of that.
func verdict(values []float64, target, stretch float64) string {
	switch x := median(values); {
	case target == 0:
		return "–"
	case x > target:
		return "**missed** by " + strconv.Itoa(int((x/target-1)*100+0.5)) + " %"
	case stretch > 0 && x <= stretch:
		return "met, the stretch too"
	default:
		return "met"
	}
}

func bound(x float64) string {
	return cmp.Or(map[bool]string{true: "–"}[x == 0], "≤ "+strconv.FormatFloat(x, 'f', -1, 64))
}
