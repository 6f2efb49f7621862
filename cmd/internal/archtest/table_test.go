// Package archtest states which package may import which, and the house rules
// that no linter knows, and checks them. It has tests only.
package archtest

const (
	module = "sluice"
	root   = "../../.." // the module root, seen from this folder
)

// allowed lists, for each package, the project packages it may import.
// A new line is an architecture decision: change the drawing in
// ARCHITECTURE.md in the same commit.
var allowed = map[string][]string{
	"feed":            {},
	"feed/canonical":  {},
	"feed/crash":      {},
	"feed/dedup":      {"feed", "feed/canonical", "feed/dedup/near", "feed/sanitize"},
	"feed/dedup/near": {},
	"feed/fare":       {"feed"},
	"feed/filter":     {"feed"},
	"feed/fuzztest":   {},
	"feed/publish":    {"feed", "feed/crash", "feed/fare", "feed/filter", "feed/render", "feed/sanitize"},
	"feed/render":     {"feed"},
	"feed/repeat":     {},
	"feed/sanitize":   {},

	"feed/sanitize/sanitizetest": {},

	"storage":               {"feed"},
	"storage/bolt":          {"feed", "feed/crash", "feed/dedup", "feed/dedup/near", "storage", "storage/record", "storage/retention"},
	"storage/bolt/bolttest": {"feed", "storage", "storage/bolt"},
	"storage/record":        {"feed", "feed/dedup", "storage/retention"},
	"storage/retention":     {},
	"storage/storagetest":   {"feed", "storage", "storage/retention"},

	"ingest":                 {"feed", "feed/crash", "feed/repeat", "ingest/fetch", "ingest/health", "ingest/parse", "ingest/schedule", "ingest/websub", "storage"},
	"ingest/fetch":           {},
	"ingest/fetch/fetchtest": {},
	"ingest/discover":        {"feed", "ingest/fetch", "ingest/parse", "ingest/websub"},
	"ingest/health":          {"feed"},
	"ingest/parse":           {"feed", "feed/crash", "feed/sanitize"},
	"ingest/schedule":        {},
	"ingest/websub":          {"feed", "feed/crash", "ingest/fetch", "storage"},

	"config":            {"feed", "feed/filter"},
	"config/configtest": {},

	"cmd/internal/archtest":     {},
	"cmd/internal/attack":       {},
	"cmd/internal/control":      {"feed", "feed/crash", "feed/fare", "ingest", "storage"},
	"cmd/internal/farm":         {},
	"cmd/internal/farm/figures": {},
	"cmd/internal/systemd":      {},
	"cmd/internal/metrics":      {"feed", "ingest", "storage"},
	"cmd/internal/testsum":      {},
	"cmd/internal/web":          {"feed", "feed/crash", "feed/fare", "feed/publish", "feed/repeat", "storage"},
}

// wiring lists the packages that may import anything of ours: they put the rest together.
var wiring = []string{"cmd/internal/app", "cmd/internal/cli", "cmd/sluice"}

// users names the only packages that may import an outside dependency. Tests may import what they like.
var users = map[string][]string{
	"net/http": {
		"ingest/fetch", "ingest/fetch/fetchtest",
		"cmd/internal/app", "cmd/internal/control", "cmd/internal/farm", "cmd/internal/web",
	},
	"testing":                            {"feed/fuzztest", "ingest/fetch/fetchtest", "storage/bolt/bolttest", "storage/storagetest"},
	"cel.dev/cel-go":                     {"feed/filter"},
	"github.com/alecthomas/kong":         {"cmd/internal/cli"},
	"github.com/coreos/go-systemd":       {"cmd/internal/systemd"},
	"github.com/gorilla/feeds":           {"feed/render"},
	"github.com/microcosm-cc/bluemonday": {"feed/sanitize"},
	"github.com/mmcdole/gofeed":          {"ingest/parse"},
	"github.com/prometheus":              {"cmd/internal/metrics"},
	"github.com/schollz/progressbar":     {"cmd/internal/cli"},
	"go.etcd.io/bbolt":                   {"storage/bolt"},
	"go.yaml.in/yaml":                    {"config"},
	"golang.org/x/sys":                   {"cmd/internal/systemd", "storage/bolt"},
}

// callers names the only packages that may use a function or type of the
// standard library; a trailing * stands for the rest of the name.
var callers = map[string][]string{
	"net.Dial*":         network,
	"net.Listen":        network, // not net.Listener: to hold one opens nothing
	"net.ListenC*":      network,
	"net.ListenI*":      network,
	"net.ListenM*":      network,
	"net.ListenP*":      network,
	"net.ListenT*":      network,
	"net.ListenU*":      network,
	"net.File*":         network,
	"tls.Dial*":         network,
	"tls.Listen*":       network,
	"http.Default*":     {},
	"http.Client":       {"cmd/internal/control"}, // without a Transport it would be the default one
	"http.Get":          {},
	"http.Head":         {},
	"http.Post*":        {},
	"http.Transport":    {"ingest/fetch", "cmd/internal/control"},
	"os.Exit":           {"cmd/sluice"},
	"log.Fatal*":        {},
	"signal.Notify*":    {"cmd/sluice", "cmd/internal/cli", "cmd/internal/app"},
	"exec.Command*":     {},
	"unsafe.Pointer":    {},
	"runtime.SetFinal*": {},
}

// network may open connections and ports. One door out: the guard against
// private networks stands in ingest/fetch and nowhere else.
var network = []string{"ingest/fetch", "cmd/internal/app", "cmd/internal/control", "cmd/internal/farm", "cmd/internal/systemd"}

// atRoot lists what may stand in the root folder. Code goes into the first five.
var atRoot = []string{
	"cmd", "feed", "ingest", "storage", "config",
	"go.mod", "go.sum", "config.example.yaml", "README.md",
	"ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "TESTING.md", "LICENSE", "Makefile",
	".git", ".gitignore", ".golangci.yml", ".ci", ".github", "docs", "packaging",
}
