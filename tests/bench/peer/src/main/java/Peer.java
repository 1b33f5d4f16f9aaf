import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.FieldInfo;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.index.memory.MemoryIndex;
import org.apache.lucene.monitor.Monitor;
import org.apache.lucene.monitor.MonitorQuery;
import org.apache.lucene.monitor.MultipassTermFilteredPresearcher;
import org.apache.lucene.monitor.Presearcher;
import org.apache.lucene.monitor.QueryMatch;
import org.apache.lucene.monitor.TermFilteredPresearcher;
import org.apache.lucene.monitor.TermWeightor;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.Version;

/**
 * Runs Lucene Monitor over the benchmark's articles on one thread: {@code Peer REQUEST.json RESULT.json}.
 *
 * <p>The request says what to do: {@code {"task": "match", "watch_topics": FILE, "articles": FILE, "warm_up": COUNT,
 * "warm_up_seconds": SECONDS, "passes": 0 for TermFilteredPresearcher or the passes of the multipass one}}, or {@code
 * {"task": "terms", ..., "pairs": [[article number, watch topic number]]}} for which terms of a watch topic an article
 * holds.
 */
public final class Peer {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int REGISTERED_AT_ONCE = 1_000;

  public static void main(String[] arguments) throws IOException {
    IndexSearcher.setMaxClauseCount(1 << 20);
    JsonNode request = JSON.readTree(new File(arguments[0]));
    JsonNode watchTopics = JSON.readTree(new File(request.get("watch_topics").asText()));
    JsonNode articles = JSON.readTree(new File(request.get("articles").asText()));
    ObjectNode result =
        request.get("task").asText().equals("terms")
            ? terms(request, watchTopics, articles)
            : match(request, watchTopics, articles);
    result.put("lucene", Version.LATEST.toString()).put("java", Runtime.version().toString());
    JSON.writeValue(new File(arguments[1]), result);
  }

  private static ObjectNode match(JsonNode request, JsonNode watchTopics, JsonNode articles) throws IOException {
    ObjectNode result = JSON.createObjectNode();
    int warmUp = request.get("warm_up").asInt();
    int passes = request.get("passes").asInt();
    Map<Term, Integer> often = frequencies(articles, warmUp);
    long before = usedMemory();
    long start = System.nanoTime();
    try (Monitor monitor = new Monitor(Queries.ANALYZER, presearcher(passes, often))) {
      List<MonitorQuery> queries = new ArrayList<>();
      for (JsonNode watchTopic : watchTopics) {
        queries.add(new MonitorQuery(watchTopic.get("id").asText(), Queries.query(watchTopic)));
        if (queries.size() == REGISTERED_AT_ONCE) {
          monitor.register(queries);
          queries.clear();
        }
      }
      monitor.register(queries);
      queries = null;
      result.put("build_seconds", (System.nanoTime() - start) / 1e9);
      result.put("index_bytes", usedMemory() - before);

      long until = System.nanoTime() + (long) (request.get("warm_up_seconds").asDouble() * 1e9);
      do {
        for (int number = 0; number < warmUp; number++) {
          matches(monitor, articles.get(number));
        }
      } while (System.nanoTime() < until);
      ArrayNode nanoseconds = result.putArray("nanoseconds");
      ArrayNode found = result.putArray("matches");
      long evaluated = 0;
      for (int number = warmUp; number < articles.size(); number++) {
        long begin = System.nanoTime();
        var matches = matches(monitor, articles.get(number));
        nanoseconds.add(System.nanoTime() - begin);
        evaluated += matches.getQueriesRun();
        ArrayNode ids = found.addArray();
        matches.getMatches().stream().map(QueryMatch::getQueryId).sorted().forEach(ids::add);
      }
      result.put("queries_run", evaluated);
    }
    return result;
  }

  private static Presearcher presearcher(int passes, Map<Term, Integer> often) {
    TermWeightor weightor = term -> 1.0 / (1 + often.getOrDefault(term, 0));
    return passes == 0
        ? new TermFilteredPresearcher(weightor, List.of(), Set.of())
        : new MultipassTermFilteredPresearcher(passes, 0.01f, weightor, List.of(), Set.of());
  }

  /** Return in how many of the warm-up's articles each term occurs: what the presearcher calls a rare term. */
  private static Map<Term, Integer> frequencies(JsonNode articles, int count) throws IOException {
    Map<Term, Integer> often = new HashMap<>();
    for (int number = 0; number < count; number++) {
      LeafReader reader =
          MemoryIndex.fromDocument(document(articles.get(number)), Queries.ANALYZER)
              .createSearcher()
              .getIndexReader()
              .leaves()
              .get(0)
              .reader();
      for (FieldInfo field : reader.getFieldInfos()) {
        TermsEnum terms = reader.terms(field.name).iterator();
        for (BytesRef text = terms.next(); text != null; text = terms.next()) {
          often.merge(new Term(field.name, BytesRef.deepCopyOf(text)), 1, Integer::sum);
        }
      }
    }
    return often;
  }

  private static org.apache.lucene.monitor.MatchingQueries<QueryMatch> matches(Monitor monitor, JsonNode article)
      throws IOException {
    return monitor.match(document(article), QueryMatch.SIMPLE_MATCHER);
  }

  private static Document document(JsonNode article) {
    return Queries.document(
        article.get("language").asText(), article.get("title").asText(), article.get("text").asText());
  }

  private static ObjectNode terms(JsonNode request, JsonNode watchTopics, JsonNode articles) {
    ObjectNode result = JSON.createObjectNode();
    ArrayNode found = result.putArray("found");
    ArrayNode empty = result.putArray("empty");
    Map<Integer, MemoryIndex> indexes = new HashMap<>();
    for (JsonNode pair : request.get("pairs")) {
      JsonNode article = articles.get(pair.get(0).asInt());
      MemoryIndex index =
          indexes.computeIfAbsent(
              pair.get(0).asInt(), number -> MemoryIndex.fromDocument(document(article), Queries.ANALYZER));
      ArrayNode terms = found.addArray();
      ArrayNode without = empty.addArray();
      String language = article.get("language").asText();
      Map<List<String>, Query> queries = Queries.termQueries(watchTopics.get(pair.get(1).asInt()), language);
      queries.forEach(
          (term, query) -> {
            if (query == null) {
              without.addArray().add(term.get(0)).add(term.get(1));
            } else if (index.search(query) > 0) {
              terms
                  .addArray()
                  .add(term.get(0))
                  .add(term.get(1))
                  .add(Queries.standing(term.get(1), language, article));
            }
          });
    }
    return result;
  }

  private static long usedMemory() {
    for (int round = 0; round < 3; round++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  private Peer() {}
}
