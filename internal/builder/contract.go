package builder

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/errs"
)

// contractEnv is what Cloud Run sets, over what the user sets.
func contractEnv(o StartOptions) []string {
	service := cmp.Or(o.Service, "app")
	all := maps.Clone(o.Env)
	if all == nil {
		all = map[string]string{}
	}
	all["PORT"] = strconv.Itoa(o.Port)
	all["K_SERVICE"], all["K_CONFIGURATION"], all["K_REVISION"] = service, service, service+"-00000-tst"
	return envLines(all)
}

// envLines sorts variables into NAME=value.
func envLines(env map[string]string) []string {
	var lines []string
	for _, k := range slices.Sorted(maps.Keys(env)) {
		lines = append(lines, k+"="+env[k])
	}
	return lines
}

var errQuantity = errors.New("not a quantity like 512Mi or 500m")

// quantity reads a number of Kubernetes' form.
func quantity(s string) (float64, error) {
	number := strings.TrimRight(s, "mkMGTi")
	unit, ok := map[string]float64{
		"": 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
	}[s[len(number):]]
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !ok || n < 0 {
		return 0, errs.New(errs.Usage, "Write run.cpu like 1 or 500m, and run.memory like 512Mi or 2Gi.", "%q: %w", s, errQuantity)
	}
	return n * unit, nil
}
