import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.AnalyzerWrapper;
import org.apache.lucene.analysis.LowerCaseFilter;
import org.apache.lucene.analysis.TokenStream;
import org.apache.lucene.analysis.Tokenizer;
import org.apache.lucene.analysis.ar.ArabicAnalyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.analysis.ru.RussianAnalyzer;
import org.apache.lucene.analysis.standard.StandardTokenizer;
import org.apache.lucene.analysis.tokenattributes.CharTermAttribute;
import org.apache.lucene.analysis.tokenattributes.OffsetAttribute;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.TextField;
import org.apache.lucene.index.Term;
import org.apache.lucene.queries.intervals.IntervalQuery;
import org.apache.lucene.queries.intervals.Intervals;
import org.apache.lucene.queries.intervals.IntervalsSource;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.MatchAllDocsQuery;
import org.apache.lucene.search.MatchNoDocsQuery;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.TermQuery;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.QueryBuilder;

/**
 * Watch topics as Lucene queries, and articles as Lucene documents.
 *
 * <p>An article has the fields of its own language alone (Lucene is told the language): {@code body_ar} holds title and
 * text with a wide gap between, so that no phrase or interval reaches from one into the other; {@code title_ar} the
 * title for {@code title:}; {@code plain_ar} the words as they stand, in small letters, for exact terms and wildcards,
 * which a stemmed field cannot answer.
 */
final class Queries {
  static final Map<String, Analyzer> STEMMERS =
      Map.of("ar", new ArabicAnalyzer(), "ru", new RussianAnalyzer(), "en", new EnglishAnalyzer());
  static final Analyzer ANALYZER = new ByField();
  private static final int GAP = 10_000;

  private final JsonNode terms;

  private Queries(JsonNode terms) {
    this.terms = terms;
  }

  static Document document(String language, String title, String text) {
    Document document = new Document();
    for (String field : List.of("body_", "plain_")) {
      document.add(new TextField(field + language, title, Field.Store.NO));
      document.add(new TextField(field + language, text, Field.Store.NO));
    }
    document.add(new TextField("title_" + language, title, Field.Store.NO));
    return document;
  }

  static Query query(JsonNode watchTopic) {
    return new Queries(watchTopic.get("terms")).condition(watchTopic.get("expression"), "body_");
  }

  /** Return a query for each term of one language: group, term, query. */
  static Map<List<String>, Query> termQueries(JsonNode watchTopic, String language) {
    Map<List<String>, Query> found = new LinkedHashMap<>();
    Queries queries = new Queries(watchTopic.get("terms"));
    watchTopic
        .get("terms")
        .fields()
        .forEachRemaining(
            group -> {
              for (JsonNode term : group.getValue().path(language)) {
                found.put(List.of(group.getKey(), term.asText()), queries.term(term.asText(), language, "body_"));
              }
            });
    return found;
  }

  /** Return the first word of an article that has the stem of a term's first word. */
  static String standing(String term, String language, JsonNode article) {
    for (String field : List.of("title", "text")) {
      String text = article.get(field).asText();
      String[] found = {"", ""};
      eachToken(term, language, (stem, start, end) -> found[0] = found[0].isEmpty() ? stem : found[0]);
      eachToken(
          text,
          language,
          (stem, start, end) -> {
            if (found[1].isEmpty() && stem.equals(found[0])) {
              found[1] = text.substring(start, end);
            }
          });
      if (!found[1].isEmpty()) {
        return found[1];
      }
    }
    return "";
  }

  private interface TokenUser {
    void use(String stem, int start, int end);
  }

  private static void eachToken(String text, String language, TokenUser user) {
    try (TokenStream tokens = STEMMERS.get(language).tokenStream("", text)) {
      CharTermAttribute stem = tokens.addAttribute(CharTermAttribute.class);
      OffsetAttribute offsets = tokens.addAttribute(OffsetAttribute.class);
      tokens.reset();
      while (tokens.incrementToken()) {
        user.use(stem.toString(), offsets.startOffset(), offsets.endOffset());
      }
      tokens.end();
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private Query condition(JsonNode node, String field) {
    switch (node.get("type").asText()) {
      case "group":
        return group(node.get("name").asText(), field);
      case "and":
        return join(node, field, Occur.MUST);
      case "or":
        return join(node, field, Occur.SHOULD);
      case "some":
        BooleanQuery.Builder some = new BooleanQuery.Builder();
        node.get("items").forEach(item -> some.add(condition(item, field), Occur.SHOULD));
        return some.setMinimumNumberShouldMatch(node.get("count").asInt()).build();
      case "not":
        return new BooleanQuery.Builder()
            .add(new MatchAllDocsQuery(), Occur.MUST)
            .add(condition(node.get("inner"), field), Occur.MUST_NOT)
            .build();
      case "near":
        return near(node, field);
      case "scope":
        return condition(node.get("inner"), node.get("zone").asText() + "_");
      default:
        throw new IllegalArgumentException("no query for " + node);
    }
  }

  private Query join(JsonNode node, String field, Occur occur) {
    BooleanQuery.Builder builder = new BooleanQuery.Builder();
    for (JsonNode item : node.get("items")) {
      boolean excluded = occur == Occur.MUST && item.get("type").asText().equals("not");
      builder.add(condition(excluded ? item.get("inner") : item, field), excluded ? Occur.MUST_NOT : occur);
    }
    return builder.build();
  }

  private Query group(String name, String field) {
    List<Query> found = each(name, (term, language) -> term(term, language, field));
    BooleanQuery.Builder builder = new BooleanQuery.Builder();
    found.forEach(query -> builder.add(query, Occur.SHOULD));
    return found.isEmpty() ? new MatchNoDocsQuery() : builder.build();
  }

  private <T> List<T> each(String group, BiFunction<String, String, T> make) {
    List<T> found = new ArrayList<>();
    terms
        .get(group)
        .fields()
        .forEachRemaining(
            language -> {
              for (JsonNode term : language.getValue()) {
                T made = make.apply(term.asText(), language.getKey());
                if (made != null) {
                  found.add(made);
                }
              }
            });
    return found;
  }

  private Query term(String term, String language, String field) {
    if (term.startsWith("=")) {
      return new TermQuery(new Term("plain_" + language, lower(term.substring(1))));
    }
    if (term.endsWith("*")) {
      return new PrefixQuery(new Term("plain_" + language, lower(term.substring(0, term.length() - 1))));
    }
    return new QueryBuilder(STEMMERS.get(language)).createPhraseQuery(field + language, term);
  }

  /** Return one query a language that the condition's groups have: an interval lies in one field. */
  private Query near(JsonNode node, String field) {
    BooleanQuery.Builder builder = new BooleanQuery.Builder();
    for (String language : STEMMERS.keySet()) {
      IntervalsSource left = side(node.get("left"), language, field);
      IntervalsSource right = side(node.get("right"), language, field);
      boolean apart = node.get("right").get("type").asText().equals("not");
      if (left == null || (right == null && !apart)) {
        continue;
      }
      int words = node.get("words").asInt();
      IntervalsSource both;
      if (apart) {
        // "At most N words between" is a distance of N + 1 positions.
        both = right == null ? left : Intervals.notWithin(left, words + 1, right);
      } else if (node.get("ordered").asBoolean()) {
        both = Intervals.maxgaps(words, Intervals.ordered(left, right));
      } else {
        both = Intervals.maxgaps(words, Intervals.unorderedNoOverlaps(left, right));
      }
      builder.add(new IntervalQuery(field + language, both), Occur.SHOULD);
    }
    return builder.build();
  }

  private IntervalsSource side(JsonNode node, String language, String field) {
    JsonNode group = node.get("type").asText().equals("not") ? node.get("inner") : node;
    List<IntervalsSource> sources = new ArrayList<>();
    for (JsonNode term : terms.get(group.get("name").asText()).path(language)) {
      IntervalsSource source = interval(term.asText(), language, field);
      if (source != null) {
        sources.add(source);
      }
    }
    return sources.isEmpty() ? null : Intervals.or(sources.toArray(IntervalsSource[]::new));
  }

  private static IntervalsSource interval(String term, String language, String field) {
    if (term.startsWith("=")) {
      return Intervals.fixField("plain_" + language, Intervals.term(lower(term.substring(1))));
    }
    if (term.endsWith("*")) {
      String start = lower(term.substring(0, term.length() - 1));
      return Intervals.fixField("plain_" + language, Intervals.prefix(new BytesRef(start)));
    }
    try {
      IntervalsSource source = Intervals.analyzedText(term, STEMMERS.get(language), field + language, 0, true);
      return source.toString().isEmpty() || source.minExtent() == 0 ? null : source;
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** Chooses the analyzer by the field's name, and keeps title and text far apart. */
  private static final class ByField extends AnalyzerWrapper {
    private final Analyzer plain =
        new Analyzer() {
          @Override
          protected TokenStreamComponents createComponents(String field) {
            Tokenizer tokens = new StandardTokenizer();
            TokenStream lowered = new LowerCaseFilter(tokens);
            return new TokenStreamComponents(tokens, lowered);
          }
        };

    ByField() {
      super(PER_FIELD_REUSE_STRATEGY);
    }

    @Override
    protected Analyzer getWrappedAnalyzer(String field) {
      Analyzer stemming = STEMMERS.get(field.substring(field.indexOf('_') + 1));
      return field.startsWith("plain_") || stemming == null ? plain : stemming;
    }

    @Override
    public int getPositionIncrementGap(String field) {
      return GAP;
    }
  }
}
