package oteltrace

// ErrorTypes are the words for errors of the library.
func ErrorTypes() []string {
	words := make([]string, 0, len(errorTypes))
	for _, t := range errorTypes {
		words = append(words, t.name)
	}
	return words
}
