package run

import (
	"regexp"
	"slices"
	"strconv"

	"cloud.google.com/go/run/apiv2/runpb"
)

// mostContainers is how many a revision may have
// (cloud.google.com/run/docs/deploying#sidecars).
const mostContainers = 10

var dnsLabel = regexp.MustCompile(`^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// validateContainers checks the containers of a template, each and together.
func validateContainers(field string, t *runpb.RevisionTemplate) error {
	all := t.GetContainers()
	switch {
	case len(all) == 0:
		return invalid(field, "at least one container is required")
	case len(all) > mostContainers:
		return invalid(field, "at most %d containers may be given", mostContainers)
	}
	known, ports := map[string]bool{}, 0
	for _, c := range all {
		switch n := c.GetName(); {
		case n == "" && len(all) > 1:
			return invalid(field, "a name is required for each of several containers")
		case n != "" && !dnsLabel.MatchString(n):
			return invalid(field, "container name %q must use only lowercase letters, digits and hyphens, and have at most 63 characters", n)
		case known[n]:
			return invalid(field, "container name %q is given twice", n)
		}
		known[c.GetName()] = true
		if len(c.GetPorts()) > 0 {
			ports++
		}
	}
	if len(all) > 1 && ports != 1 {
		return invalid(field, "Revision template should contain exactly one container with an exposed port, got %d", ports)
	}
	for i, c := range all {
		for _, on := range c.GetDependsOn() {
			if !known[on] || on == c.GetName() {
				return invalid(field, "container %q depends on %q, which is no other container", c.GetName(), on)
			}
		}
		if err := validateContainer(field+"["+strconv.Itoa(i)+"]", c, c == ingressOf(t), t.GetMaxInstanceRequestConcurrency()); err != nil {
			return err
		}
	}
	if len(inOrder(all)) < len(all) {
		return invalid(field, "depends_on must not make a circle")
	}
	return nil
}

// inOrder are containers, each after those that it depends on; those that make a circle
// are not there.
func inOrder(all []*runpb.Container) (order []*runpb.Container) {
	there := map[string]bool{}
	for range all {
		for _, c := range all {
			waits := slices.ContainsFunc(c.GetDependsOn(), func(on string) bool { return !there[on] })
			if !waits && !slices.Contains(order, c) {
				order, there[c.GetName()] = append(order, c), true
			}
		}
	}
	return order
}

// dependedOn says whether a container is to be ready before others start.
func dependedOn(t *runpb.RevisionTemplate, name string) bool {
	return slices.ContainsFunc(t.GetContainers(), func(c *runpb.Container) bool { return slices.Contains(c.GetDependsOn(), name) })
}
