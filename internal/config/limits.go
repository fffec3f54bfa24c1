package config

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// wholeCPUs are the sizes from one CPU up (cloud.google.com/run/docs/configuring/services/cpu).
var wholeCPUs = []int{1000, 2000, 4000, 6000, 8000}

// checkCPU accepts CPUs ("1", "0.5") and thousandths ("500m"), and gives Cloud Run's form.
func checkCPU(s string) (string, *fault) {
	milli, ok := milliCPU(s)
	switch {
	case !ok:
		return "", wrong("", "must be CPUs such as 1 or 500m, not %q", s)
	case milli >= 1000 && !slices.Contains(wholeCPUs, milli), milli < 80, milli < 1000 && milli%10 != 0:
		return "", wrong("", "must be 1, 2, 4, 6 or 8, or from 80m to 1 in steps of 10m, not %q", s)
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

var memoryUnits = map[string]float64{
	"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30,
}

func memoryBytes(s string) (int64, bool) {
	m := memoryForm.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	f, err := strconv.ParseFloat(m[1]+m[2], 64)
	return int64(f * memoryUnits[m[3]]), err == nil
}

// checkMemory accepts bytes with Kubernetes' units, within what Cloud Run gives
// (cloud.google.com/run/docs/configuring/services/memory-limits).
func checkMemory(s string) (string, *fault) {
	n, ok := memoryBytes(s)
	if !ok {
		return "", wrong("", "must be an amount such as 512Mi or 2Gi, not %q", s)
	}
	if n < 128e6 || n > 32<<30 {
		return "", wrong("", "must be from 128Mi to 32Gi, not %q", s)
	}
	return s, nil
}

// Limits gives CPUs and bytes of memory of one instance: what is configured,
// else Cloud Run's defaults, 1 CPU and 512 MiB.
func (r Run) Limits() (cpus float64, memory int64) {
	cpus, memory = 1, 512<<20
	if m, ok := milliCPU(r.CPU); ok {
		cpus = float64(m) / 1000
	}
	if n, ok := memoryBytes(r.Memory); ok {
		memory = n
	}
	return cpus, memory
}
