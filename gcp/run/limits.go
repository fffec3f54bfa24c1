package run

import (
	"cmp"
	"math/big"
	"strconv"
)

// defaultMaxInstances is how many instances a service may have unless it is told otherwise.
const defaultMaxInstances = 100

// memories is how much memory goes with how much CPU: for the first row whose CPUs
// are not less (cloud.google.com/run/docs/configuring/services/memory-limits, read 2026-11).
var memories = []struct{ cpus, least, most string }{
	{"490m", "128M", "512Mi"},
	{"990m", "128M", "1Gi"},
	{"1", "128M", "4Gi"},
	{"2", "128M", "8Gi"},
	{"4", "2Gi", "16Gi"},
	{"6", "4Gi", "24Gi"},
	{"8", "4Gi", "32Gi"},
}

// amountOf is a quantity that was checked, or is one of ours.
func amountOf(s string) *big.Rat {
	q, _ := quantity(s)
	return q
}

// misfit says what is wrong between CPU and memory, "" being Cloud Run's default:
// at which key, and what to do about it.
func misfit(cpu, memory string) (key, hint, text string, wrong bool) {
	cpus, bytes := amountOf(cmp.Or(cpu, "1")), amountOf(cmp.Or(memory, defaultMemory))
	if cpus == nil || bytes == nil || cpu == "" && memory == "" {
		return "", "", "", false
	}
	row := 0
	for cpus.Cmp(amountOf(memories[row].cpus)) > 0 {
		row++
	}
	at := memories[row]
	said := func(value string) string {
		if value == "" {
			return ", which is the default"
		}
		return ""
	}
	key, is := "memory", "is "+cmp.Or(memory, defaultMemory)
	if memory == "" {
		key, is = "cpu", "is "+cpu
	}
	switch {
	case bytes.Cmp(amountOf(at.least)) < 0:
		hint = "Set run.memory to " + at.least + " or more, or run.cpu to less."
		return key, hint, is + ": " + cmp.Or(cpu, "1") + " CPUs need at least " + at.least + " of memory, and run.memory is " + cmp.Or(memory, defaultMemory) + said(memory), true
	case bytes.Cmp(amountOf(at.most)) > 0:
		hint = "Set run.cpu to " + enough(bytes) + " or more, or run.memory to " + at.most + " or less."
		return key, hint, is + ": more than " + at.most + " needs more CPUs than " + cmp.Or(cpu, "1") + said(cpu), true
	}
	return "", "", "", false
}

// enough is the least CPU that may have so much memory.
func enough(bytes *big.Rat) string {
	for _, row := range memories {
		if bytes.Cmp(amountOf(row.most)) <= 0 {
			return row.cpus
		}
	}
	return memories[len(memories)-1].cpus
}

// tooFew says what is wrong with a least number of instances that no greatest one goes with.
func tooFew(least, most *int) string {
	if least == nil || most != nil || *least <= defaultMaxInstances {
		return ""
	}
	return "is " + strconv.Itoa(*least) + ", more than the " + strconv.Itoa(defaultMaxInstances) + " that run.max_instances is by default"
}
