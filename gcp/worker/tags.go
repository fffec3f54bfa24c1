package worker

// tags are the names that a docker build or tag gives to images.
func tags(args []string) (names []string) {
	command, i := "", 0
	for i = range min(len(args), 2) {
		if args[i] == "build" || args[i] == "tag" {
			command = args[i]
			break
		}
	}
	switch command {
	case "tag":
		if len(args) == i+3 {
			names = args[i+2:]
		}
	case "build":
		for _, w := range words(args) {
			if w.flag == "-t" || w.flag == "--tag" {
				names = append(names, w.value)
			}
		}
	}
	return names
}
