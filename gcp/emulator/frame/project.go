package frame

import (
	"fmt"
	"hash/fnv"
	"sync"
)

// ids are the ids that numbers were made up of, by their numbers.
var ids sync.Map

// ProjectNumber is the number of a project: made up, but always the same for an
// id. What is a number already stays.
func ProjectNumber(project string) string {
	if project != "" && project[0] <= '9' {
		return project
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(project))
	number := fmt.Sprint(100_000_000_000 + h.Sum64()%900_000_000_000)
	ids.LoadOrStore(number, project)
	return number
}
