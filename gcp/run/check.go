package run

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

var serviceForm = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,47}[a-z0-9])?$`)

func checkService(s string) (string, *config.Fault) {
	if serviceForm.MatchString(s) {
		return s, nil
	}
	return "", config.Wrong("Try "+config.ServiceName(s)+".", "must start with a letter, hold only a-z, 0-9 and hyphens, not end in a hyphen, and be shorter than 50, not %q", s).Repeats()
}

func checkVariable(s string) (string, *config.Fault) {
	if s == "PORT" || strings.HasPrefix(s, "K_") || strings.HasPrefix(s, "X_GOOGLE_") {
		return "", config.Wrong("Choose another name; use run.port for the port.", "%s is set by Cloud Run and cannot be given", s)
	}
	return config.CheckVariable(s)
}

// secretForm is compiled when it is first asked: most starts need it not.
var secretForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(projects/[^/\s:]+/secrets/)?[A-Za-z0-9_-]{1,255}:(latest|[1-9][0-9]*|[a-z][a-z0-9_-]*)$`)
})

// checkSecret never shows the value: it may be the secret itself.
func checkSecret(s string) (string, *config.Fault) {
	if !secretForm().MatchString(s) {
		return "", &config.Fault{Hint: "Name a secret of Secret Manager and its version, as in api-key:latest.", Message: "must be SECRET:VERSION", Private: true}
	}
	return s, nil
}

// wholeCPUs are the sizes from one CPU up (cloud.google.com/run/docs/configuring/services/cpu).
var wholeCPUs = []int{1000, 2000, 4000, 6000, 8000}

// checkCPU accepts CPUs ("1", "0.5") and thousandths ("500m"), and gives Cloud Run's form.
func checkCPU(s string) (string, *config.Fault) {
	milli, ok := milliCPU(s)
	switch {
	case !ok:
		return "", config.Wrong("", "must be CPUs such as 1 or 500m, not %q", s)
	case milli >= 1000 && !slices.Contains(wholeCPUs, milli), milli < 80, milli < 1000 && milli%10 != 0:
		return "", config.Wrong("", "must be 1, 2, 4, 6 or 8, or from 80m to 1 in steps of 10m, not %q", s)
	case milli < 1000:
		return strconv.Itoa(milli) + "m", nil
	}
	return strconv.Itoa(milli / 1000), nil
}

func milliCPU(s string) (int, bool) {
	if m, ok := strings.CutSuffix(s, "m"); ok {
		n, err := strconv.Atoi(m)
		return n, err == nil && n > 0
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f <= 0 || f > 1000 || math.Abs(f*1000-math.Round(f*1000)) > 1e-6 {
		return 0, false
	}
	return int(math.Round(f * 1000)), true
}

var memoryForm = regexp.MustCompile(`^([0-9]{1,15})(\.[0-9]{1,3})?(k|M|G|Ki|Mi|Gi)?$`)

// checkMemory accepts bytes with Kubernetes' units, within what Cloud Run gives
// (cloud.google.com/run/docs/configuring/services/memory-limits).
func checkMemory(s string) (string, *config.Fault) {
	bytes, ok := quantity(s)
	if !memoryForm.MatchString(s) || !ok {
		return "", config.Wrong("", "must be an amount such as 512Mi or 2Gi, not %q", s)
	}
	if n, _ := bytes.Float64(); n < 128e6 || n > 32<<30 {
		return "", config.Wrong("", "must be from 128Mi to 32Gi, not %q", s)
	}
	return s, nil
}
