#include "sandbox/words.hpp"

namespace toksync::sandbox {

const std::vector<Topic>& topics() {
  static const std::vector<Topic> all = {
      {"b2b marketing",
       20,
       {"B2B SaaS", "demand generation", "marketing analytics", "growth", "ABM", "content marketing", "brand strategy",
        "B2B marketing", "lead generation", "go-to-market"},
       {"Head of Growth", "VP Marketing", "CMO", "Demand Gen Lead", "Marketing Director", "Fractional CMO"},
       {"marketing", "b2b", "growth"},
       {"marketers", "founders"}},
      {"saas",
       14,
       {"B2B SaaS", "product-led growth", "SaaS metrics", "growth", "pricing", "churn", "SaaS sales", "bootstrapping"},
       {"SaaS Founder", "CEO", "Chief Revenue Officer", "Co-founder", "SaaS Advisor"},
       {"saas", "startups", "growth"},
       {"founders", "operators"}},
      {"sales",
       10,
       {"B2B sales", "outbound", "sales enablement", "RevOps", "ABM", "cold email", "account executives", "pipeline"},
       {"VP Sales", "Account Executive", "Sales Coach", "Head of RevOps", "Sales Director"},
       {"sales", "b2b", "revenue operations"},
       {"sales leaders", "account executives"}},
      {"developer tools",
       10,
       {"developer tools", "API platforms", "DevEx", "DevOps", "open source", "Kubernetes", "software architecture",
        "cloud", "platform engineering"},
       {"Developer Advocate", "Staff Engineer", "CTO", "VP Engineering", "DevRel Lead"},
       {"developer tools", "software", "cloud"},
       {"developers", "engineering leaders"}},
      {"artificial intelligence",
       10,
       {"generative AI", "machine learning", "AI agents", "LLMs", "data science", "MLOps", "AI strategy",
        "prompt engineering"},
       {"AI Researcher", "Head of AI", "Machine Learning Engineer", "AI Consultant", "Chief AI Officer"},
       {"artificial intelligence", "technology", "data"},
       {"engineers", "executives"}},
      {"human resources",
       7,
       {"talent acquisition", "employer branding", "people operations", "remote work", "company culture", "HR tech"},
       {"Chief People Officer", "Talent Partner", "HR Director", "Recruiter"},
       {"human resources", "careers"},
       {"HR leaders", "job seekers"}},
      {"finance",
       6,
       {"fintech", "venture capital", "personal finance", "CFO insights", "fundraising", "private equity"},
       {"CFO", "Venture Partner", "Fintech Founder", "Investment Director"},
       {"finance", "fintech"},
       {"investors", "founders"}},
      {"product",
       7,
       {"product management", "product strategy", "user research", "roadmaps", "product-led growth", "UX design"},
       {"Head of Product", "Product Manager", "CPO", "Product Coach", "UX Lead"},
       {"product", "design"},
       {"product managers", "designers"}},
      {"leadership",
       8,
       {"leadership", "executive coaching", "management", "personal branding", "public speaking", "productivity"},
       {"Executive Coach", "Keynote Speaker", "Author", "Leadership Trainer"},
       {"leadership", "personal development"},
       {"executives", "managers"}},
      {"ecommerce",
       5,
       {"ecommerce", "DTC brands", "retail media", "conversion rate optimization", "Shopify", "performance marketing"},
       {"Ecommerce Director", "DTC Founder", "Performance Marketer"},
       {"ecommerce", "marketing"},
       {"retailers", "marketers"}},
      {"cybersecurity",
       5,
       {"cybersecurity", "zero trust", "cloud security", "ransomware", "CISO leadership", "threat intelligence"},
       {"CISO", "Security Researcher", "Security Consultant"},
       {"cybersecurity", "technology"},
       {"security leaders", "IT teams"}},
      {"sustainability",
       4,
       {"climate tech", "sustainability", "ESG", "renewable energy", "circular economy"},
       {"Sustainability Lead", "Climate Founder", "ESG Advisor"},
       {"sustainability", "climate"},
       {"policy makers", "executives"}},
  };
  return all;
}

const std::vector<std::string_view>& first_names() {
  static const std::vector<std::string_view> all = {
      "Jane",   "Emma",   "Olivia", "Sophia", "Mia",    "Amelia", "Harper", "Ella",   "Grace",  "Chloe",
      "Zoe",    "Nora",   "Hannah", "Lucy",   "Alice",  "Priya",  "Ananya", "Aisha",  "Fatima", "Leila",
      "Yuki",   "Mei",    "Ingrid", "Freja",  "Camila", "Lucía",  "Inês",   "Chiara", "Élodie", "Zuzana",
      "James",  "Oliver", "Liam",   "Noah",   "Ethan",  "Lucas",  "Mason",  "Henry",  "Jack",   "Daniel",
      "Samuel", "David",  "Thomas", "Ben",    "Adam",   "Ravi",   "Arjun",  "Omar",   "Hassan", "Kenji",
      "Wei",    "Lars",   "Søren",  "Mateo",  "Diego",  "João",   "Matteo", "Jürgen", "Łukasz", "Tomáš",
      "Chris",  "Jordan", "Taylor", "Morgan", "Alex",   "Sam",    "Robin",  "Kofi",   "Amara",  "Thandi",
  };
  return all;
}

const std::vector<std::string_view>& last_names() {
  static const std::vector<std::string_view> all = {
      "Smith",    "Johnson",   "Williams", "Brown",        "Taylor",   "Wilson", "Walker", "Clark",   "Hughes",
      "Baker",    "Cooper",    "Reed",     "Morris",       "Bennett",  "Foster", "Hayes",  "Patel",   "Sharma",
      "Khan",     "Singh",     "Gupta",    "Nguyen",       "Chen",     "Wang",   "Kim",    "Tanaka",  "Sato",
      "Müller",   "Schmidt",   "Weber",    "Dubois",       "Lefèvre",  "Moreau", "Rossi",  "Bianchi", "García",
      "Martínez", "Fernández", "Silva",    "Santos",       "Kowalski", "Nowak",  "Novák",  "Jensen",  "Larsen",
      "Nilsson",  "Virtanen",  "O'Connor", "Murphy",       "Byrne",    "Okafor", "Mensah", "Dlamini", "Haddad",
      "Cohen",    "Levi",      "Yılmaz",   "Papadopoulos", "Ionescu",  "Horvat",
  };
  return all;
}

const std::vector<std::string_view>& locations() {
  static const std::vector<std::string_view> all = {
      "London, UK",
      "Manchester, UK",
      "New York, US",
      "San Francisco, US",
      "Austin, US",
      "Chicago, US",
      "Boston, US",
      "Seattle, US",
      "Denver, US",
      "Toronto, Canada",
      "Vancouver, Canada",
      "Berlin, Germany",
      "Munich, Germany",
      "Paris, France",
      "Amsterdam, Netherlands",
      "Stockholm, Sweden",
      "Copenhagen, Denmark",
      "Dublin, Ireland",
      "Madrid, Spain",
      "Barcelona, Spain",
      "Lisbon, Portugal",
      "Milan, Italy",
      "Warsaw, Poland",
      "Zürich, Switzerland",
      "Tel Aviv, Israel",
      "Dubai, UAE",
      "Bengaluru, India",
      "Mumbai, India",
      "Singapore",
      "Sydney, Australia",
      "Melbourne, Australia",
      "Tokyo, Japan",
      "São Paulo, Brazil",
      "Mexico City, Mexico",
      "Lagos, Nigeria",
      "Nairobi, Kenya",
      "Cape Town, South Africa",
  };
  return all;
}

const std::vector<std::string_view>& companies() {
  static const std::vector<std::string_view> all = {
      "Acme",       "Northwind",     "Globex",      "Initech",     "Umbrella Labs", "Hooli",
      "Vandelay",   "Stark Digital", "Bluebird",    "Brightside",  "Cloudpeak",     "Datawave",
      "Evergreen",  "Fernwood",      "Greenlight",  "Harbor & Co", "Ironclad",      "Juniper Row",
      "Kestrel",    "Lighthouse",    "Meridian",    "Nimbus",      "Orbit Nine",    "Pinecrest",
      "Quantive",   "Riverstone",    "Silverline",  "Tidewater",   "Upland",        "Vertex",
      "Wavelength", "Yellowbrick",   "Zenith Path", "Copperfield", "Sundial",       "Marble Arch",
  };
  return all;
}

const std::vector<std::string_view>& engager_titles() {
  static const std::vector<std::string_view> all = {
      "VP Marketing",       "Head of Growth",    "CMO",
      "Marketing Manager",  "Founder",           "CEO",
      "Product Manager",    "Software Engineer", "CTO",
      "VP Engineering",     "Account Executive", "Head of Sales",
      "Data Scientist",     "HR Director",       "Recruiter",
      "Content Strategist", "Growth Marketer",   "Consultant",
      "Designer",           "Student",           "Demand Gen Manager",
      "Director of RevOps",
  };
  return all;
}

}  // namespace toksync::sandbox
