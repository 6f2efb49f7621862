package metrics

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.yaml.in/yaml/v4"
)

const (
	root      = "../../../"
	rulesFile = root + "packaging/prometheus/sluice.rules.yml"
	dashboard = root + "packaging/grafana/sluice.json"
	runbook   = "docs/guide/runbook.md"
)

// ruleTests are what promtool runs.
var ruleTests = []string{root + "packaging/prometheus/sluice_test.yml", root + "packaging/prometheus/sluice_days_test.yml"}

// scrapedNames are the labels of each name that a scrape has, those of the runtime and the
// process included; of a histogram its parts.
func scrapedNames(t *testing.T) map[string]map[string]bool {
	t.Helper()
	m := fixture()
	m.Filtered("all", 1)
	var b bytes.Buffer
	if err := m.Write(&b, full()); err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(&b)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]map[string]bool{"up": {}}
	for name, f := range families {
		labels := map[string]bool{}
		for _, metric := range f.GetMetric() {
			for _, l := range metric.GetLabel() {
				labels[l.GetName()] = true
			}
		}
		switch f.GetType().String() {
		case "HISTOGRAM":
			within := maps.Clone(labels)
			within["le"] = true
			names[name+"_bucket"], names[name+"_sum"], names[name+"_count"] = within, labels, labels
		case "SUMMARY":
			within := maps.Clone(labels)
			within["quantile"] = true
			names[name], names[name+"_sum"], names[name+"_count"] = within, labels, labels
		default:
			names[name] = labels
		}
	}
	return names
}

var (
	quoted   = regexp.MustCompile(`"[^"]*"`)
	grouping = regexp.MustCompile(`\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)`)
	selector = regexp.MustCompile(`\b([a-zA-Z_:][a-zA-Z0-9_:]*)\b(\s*\(|\s*\{[^}]*\})?`)
	matcher  = regexp.MustCompile(`([a-zA-Z_]\w*)\s*(?:=~|!=|!~|=)`)
)

// checkQuery refuses names, and labels of names, that no scrape has.
func checkQuery(names map[string]map[string]bool, query string) error {
	known := func(label string, of map[string]bool) bool { return label == "job" || label == "instance" || of[label] }
	all := map[string]bool{}
	for _, labels := range names {
		maps.Copy(all, labels)
	}
	query = quoted.ReplaceAllString(query, `""`)
	var errs []error
	for _, m := range grouping.FindAllStringSubmatch(query, -1) {
		for label := range strings.SplitSeq(m[1], ",") {
			if label = strings.TrimSpace(label); !known(label, all) {
				errs = append(errs, fmt.Errorf("nothing has the label %q", label))
			}
		}
	}
	found := 0
	for _, m := range selector.FindAllStringSubmatch(grouping.ReplaceAllString(query, ""), -1) {
		name, after := m[1], strings.TrimSpace(m[2])
		if strings.HasPrefix(after, "(") || slices.Contains([]string{"and", "or", "unless", "offset", "bool"}, name) {
			continue
		}
		labels, ok := names[name]
		if !ok {
			errs = append(errs, fmt.Errorf("no scrape has %q", name))
			continue
		}
		found++
		for _, l := range matcher.FindAllStringSubmatch(after, -1) {
			if !known(l[1], labels) {
				errs = append(errs, fmt.Errorf("%s has no label %q", name, l[1]))
			}
		}
	}
	if found == 0 {
		errs = append(errs, errors.New("it asks for nothing"))
	}
	return errors.Join(errs...)
}

func TestAQueryForWhatIsNotThereIsRefused(t *testing.T) {
	names := scrapedNames(t)
	for query, ok := range map[string]bool{
		`sum by (state) (sluice_sources{job="x"}) > 3 and on (job) up == 0 offset 1d`:                          true,
		`histogram_quantile(0.9, sum by (le, op) (rate(sluice_db_tx_duration_seconds_bucket{op="read"}[5m])))`: true,
		`go_gc_duration_seconds{quantile="1"}`:                                                                 true,
		`sluice_source`:                                                                                        false,
		`sluice_sources{sort="ok"}`:                                                                            false,
		`sum by (colour) (sluice_sources)`:                                                                     false,
		`sluice_db_tx_duration_seconds`:                                                                        false,
		`vector(1)`:                                                                                            false,
	} {
		if err := checkQuery(names, query); (err == nil) != ok {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// rule is an alert as Prometheus reads it.
type rule struct {
	Alert       string
	Expr        string
	For         string
	Labels      map[string]string
	Annotations map[string]string
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func alerts(t *testing.T) []rule {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	readYAML(t, rulesFile, &file)
	var all []rule
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) < 10 {
		t.Fatalf("%d alerts", len(all))
	}
	return all
}

func TestAlertsAskForWhatAScrapeHasAndSayWhatToDo(t *testing.T) {
	names := scrapedNames(t)
	anchors := headings(t)
	seen := map[string]bool{}
	for _, r := range alerts(t) {
		if err := checkQuery(names, r.Expr); err != nil {
			t.Errorf("%s: %v", r.Alert, err)
		}
		if seen[r.Alert] {
			t.Errorf("%s is there twice", r.Alert)
		}
		seen[r.Alert] = true
		if s := r.Labels["severity"]; !slices.Contains([]string{"critical", "warning", "info"}, s) {
			t.Errorf("%s: severity %q", r.Alert, s)
		}
		for _, of := range []string{"summary", "description"} {
			if !strings.HasSuffix(r.Annotations[of], ".") {
				t.Errorf("%s: %s is %q, no sentence", r.Alert, of, r.Annotations[of])
			}
		}
		page, anchor, _ := strings.Cut(r.Annotations["runbook"], "#")
		if page != runbook || anchor == "" {
			t.Errorf("%s: runbook %q", r.Alert, r.Annotations["runbook"])
		}
		if anchors != nil && !anchors[anchor] {
			t.Errorf("%s: %s has no heading #%s", r.Alert, runbook, anchor)
		}
	}
}

// headings are the anchors of the runbook, as hosts of Markdown make them.
func headings(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(root + runbook)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	anchors := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			slug := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(title)), " ", "-")
			anchors[regexp.MustCompile(`[^\w-]`).ReplaceAllString(slug, "")] = true
		}
	}
	for _, m := range regexp.MustCompile(`<a (?:id|name)="([^"]+)"`).FindAllStringSubmatch(string(text), -1) {
		anchors[m[1]] = true
	}
	return anchors
}

func TestEachAlertIsSeenToFire(t *testing.T) {
	fired := map[string]bool{}
	for _, file := range ruleTests {
		var f struct {
			Tests []struct {
				Alerts []struct {
					Name     string `yaml:"alertname"`
					Expected []any  `yaml:"exp_alerts"`
				} `yaml:"alert_rule_test"`
			}
		}
		readYAML(t, file, &f)
		for _, test := range f.Tests {
			for _, a := range test.Alerts {
				fired[a.Name] = fired[a.Name] || len(a.Expected) > 0
			}
		}
	}
	for _, r := range alerts(t) {
		if !fired[r.Alert] {
			t.Errorf("no test has %s fire", r.Alert)
		}
		delete(fired, r.Alert)
	}
	for name := range fired {
		t.Errorf("a test asks for %s, which is no alert", name)
	}
}

func TestPromtoolTakesTheRules(t *testing.T) {
	promtool(t, append([]string{"test", "rules"}, ruleTests...)...)
	promtool(t, "check", "rules", rulesFile)
}

// promtool runs Prometheus's own judge.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not installed (Debian package prometheus)")
	}
	if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestTheGuideAsksForWhatAScrapeHas(t *testing.T) {
	page, err := os.ReadFile(root + "docs/guide/monitor.md")
	if err != nil {
		t.Fatal(err)
	}
	names, queries := scrapedNames(t), 0
	for _, m := range regexp.MustCompile(`(?m)^ {4}(\S.*)$`).FindAllStringSubmatch(regexp.MustCompile("(?s)```.*?```").ReplaceAllString(string(page), ""), -1) {
		queries++
		if err := checkQuery(names, m[1]); err != nil {
			t.Errorf("%s: %v", m[1], err)
		}
	}
	config := regexp.MustCompile("(?s)```yml\n(.*?)```").FindSubmatch(page)
	if queries < 3 || config == nil {
		t.Fatalf("%d queries, configuration %q", queries, config)
	}
	file := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(file, config[1], 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "config", "--syntax-only", file)
}

// panel is one of a dashboard, as far as it is looked at.
type panel struct {
	ID          int
	Title, Type string
	Datasource  struct{ UID string }
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct{ Expr, RefID string }
}

func TestTheDashboardAsksForWhatAScrapeHas(t *testing.T) {
	text, err := os.ReadFile(dashboard)
	if err != nil {
		t.Fatal(err)
	}
	var d struct {
		UID        string
		Panels     []panel
		Templating struct {
			List []struct{ Name, Type, Definition string }
		}
		Annotations struct{ List []struct{ Expr string } }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	var queries []string
	ids := map[int]bool{}
	for i, p := range d.Panels {
		if p.ID == 0 || ids[p.ID] || p.Title == "" || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %d (%s): id %d is missing or twice, or it stands outside", i, p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type != "row" && (p.Datasource.UID != "${datasource}" || len(p.Targets) == 0) {
			t.Errorf("panel %s: data source %q, %d queries", p.Title, p.Datasource.UID, len(p.Targets))
		}
		for _, other := range d.Panels[:i] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("panels %s and %s lie on each other", p.Title, other.Title)
			}
		}
		for _, target := range p.Targets {
			queries = append(queries, target.Expr)
		}
	}
	for _, a := range d.Annotations.List {
		queries = append(queries, a.Expr)
	}
	names := scrapedNames(t)
	variables := map[string]bool{"__rate_interval": true}
	for _, v := range d.Templating.List {
		variables[v.Name] = true
		if m := regexp.MustCompile(`^label_values\((.*), (\w+)\)$`).FindStringSubmatch(v.Definition); m != nil {
			queries = append(queries, "sum by ("+m[2]+") ("+m[1]+")")
		} else if v.Type != "datasource" {
			t.Errorf("variable %s: %q is not understood", v.Name, v.Definition)
		}
	}
	if d.UID != "sluice" || !variables["datasource"] || len(queries) < 40 {
		t.Errorf("uid %q, variables %v, %d queries", d.UID, variables, len(queries))
	}
	rules := "groups: [{name: dashboard, rules: [\n"
	for i, query := range queries {
		for _, v := range regexp.MustCompile(`\$(\w+)`).FindAllStringSubmatch(query, -1) {
			if !variables[v[1]] {
				t.Errorf("%s: no variable %s", query, v[0])
			}
		}
		query = regexp.MustCompile(`\$\w+`).ReplaceAllString(strings.ReplaceAll(query, "$__rate_interval", "5m"), "x")
		if err := checkQuery(names, query); err != nil {
			t.Errorf("%s: %v", query, err)
		}
		rules += fmt.Sprintf("{record: 'q:%d', expr: '%s'},\n", i, strings.ReplaceAll(query, "'", "''"))
	}
	file := filepath.Join(t.TempDir(), "dashboard.yml")
	if err := os.WriteFile(file, []byte(rules+"]}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}
